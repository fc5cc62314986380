// Checks files of MedBridge's log with Go's own checksum-database packages.
//
//	tlogcheck proof VKEY LEAF-HEX FILE.tlog-proof
//	tlogcheck consistency VKEY OLD-CHECKPOINT NEW-CHECKPOINT HASH...
package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	var err error
	switch {
	case len(os.Args) == 5 && os.Args[1] == "proof":
		err = proof(os.Args[2], os.Args[3], os.Args[4])
	case len(os.Args) >= 5 && os.Args[1] == "consistency":
		err = consistency(os.Args[2], os.Args[3], os.Args[4], os.Args[5:])
	default:
		err = fmt.Errorf("usage: tlogcheck proof|consistency ...")
	}
	if err != nil {
		fmt.Println("FAIL", err)
		os.Exit(1)
	}
	fmt.Println("OK")
}

func proof(vkey, leaf, path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, checkpoint, found := strings.Cut(string(raw), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "extra ") {
		return fmt.Errorf("not a tlog-proof with extra data")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	hashes, err := parse(lines[3:])
	if err != nil {
		return err
	}
	tree, err := open(vkey, checkpoint)
	if err != nil {
		return err
	}
	data, err := hex.DecodeString(leaf)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(tlog.RecordProof(hashes), tree.N, tree.Hash, index, tlog.RecordHash(data))
}

func consistency(vkey, before, after string, lines []string) error {
	hashes, err := parse(lines)
	if err != nil {
		return err
	}
	older, err := read(vkey, before)
	if err != nil {
		return err
	}
	newer, err := read(vkey, after)
	if err != nil {
		return err
	}
	return tlog.CheckTree(tlog.TreeProof(hashes), newer.N, newer.Hash, older.N, older.Hash)
}

func read(vkey, path string) (tlog.Tree, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	return open(vkey, string(raw))
}

// open checks the log's signature. The body's first line is our origin, where Go's own logs have "go.sum database tree".
func open(vkey, checkpoint string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, err := note.Open([]byte(checkpoint), note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func parse(lines []string) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, line := range lines {
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != tlog.HashSize {
			return nil, fmt.Errorf("bad hash %q", line)
		}
		hashes = append(hashes, tlog.Hash(*(*[tlog.HashSize]byte)(raw)))
	}
	return hashes, nil
}
