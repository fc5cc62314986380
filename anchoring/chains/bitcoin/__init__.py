"""Bitcoin through any node that speaks Bitcoin Core's JSON-RPC. The node holds no key of ours."""
