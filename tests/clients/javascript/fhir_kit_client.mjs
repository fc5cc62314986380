// fhir-kit-client 2 (Vermonster).
import assert from "node:assert/strict";
import { Client } from "fhir-kit-client";

const [baseUrl, token] = process.argv.slice(2);
const client = new Client({ baseUrl, bearerToken: token });

const statement = await client.capabilityStatement();
assert.equal(statement.fhirVersion, "4.0.1");

const made = await client.create({ resourceType: "Patient", body: { resourceType: "Patient", name: [{ family: "Kit" }] } });
const read = await client.read({ resourceType: "Patient", id: made.id });
assert.equal(read.name[0].family, "Kit");
const patched = await client.patch({
  resourceType: "Patient", id: made.id, jsonPatch: [{ op: "add", path: "/active", value: true }],
});
assert.equal(patched.active, true);
const updated = await client.update({ resourceType: "Patient", id: made.id, body: { ...patched, gender: "other" } });
assert.equal(updated.meta.versionId, "3");
const versions = await client.history({ resourceType: "Patient", id: made.id });
assert.equal(versions.entry.length, 3);
const first = await client.vread({ resourceType: "Patient", id: made.id, version: "1" });
assert.equal(first.gender, undefined);

const seen = new Set();
let page = await client.search({ resourceType: "Observation", searchParams: { _count: 7, _include: "Observation:patient" } });
while (page) {
  page.entry.filter((e) => e.search.mode === "match").forEach((e) => {
    assert.ok(!seen.has(e.resource.id), "a row came twice");
    seen.add(e.resource.id);
  });
  page = page.link.some((l) => l.relation === "next") ? await client.nextPage({ bundle: page }) : null;
}
const counted = await client.search({ resourceType: "Observation", searchParams: { _summary: "count" } });
assert.equal(seen.size, counted.total);

const posted = await client.search({ resourceType: "Patient", searchParams: { family: "Zhang" }, options: { postSearch: true } });
assert.ok(posted.entry.length >= 1);
const everything = await client.operation({ name: "everything", resourceType: "Patient", id: posted.entry[0].resource.id, method: "GET" });
assert.ok(everything.entry.length > 1);
const transaction = await client.transaction({
  body: {
    resourceType: "Bundle", type: "transaction",
    entry: [{ resource: { resourceType: "Patient", name: [{ family: "Kit2" }] }, request: { method: "POST", url: "Patient" } }],
  },
});
assert.match(transaction.entry[0].response.status, /^201/);
await client.delete({ resourceType: "Patient", id: made.id });
await assert.rejects(client.read({ resourceType: "Patient", id: made.id }), (error) => error.response.status === 410);
