// fhirclient 2 (SMART Health IT), without the launch: its FhirClient and its paging.
import assert from "node:assert/strict";
import fhirclient from "fhirclient";

const [baseUrl, token] = process.argv.slice(2);
const client = new fhirclient.FhirClient(baseUrl);
const headers = { Authorization: `Bearer ${token}` };
const body = (resource) => ({ body: JSON.stringify(resource), headers: { ...headers, "Content-Type": "application/fhir+json" } });

const made = await client.fhirRequest("Patient", { method: "POST", ...body({ resourceType: "Patient", name: [{ family: "Smart" }] }) });
const read = await client.fhirRequest(`Patient/${made.id}`, { headers });
assert.equal(read.name[0].family, "Smart");
const bundle = await client.fhirRequest("Observation?_count=5", { headers });
assert.equal(bundle.resourceType, "Bundle");
assert.equal(bundle.entry.length, 5);
const missing = await client.fhirRequest("Patient/does-not-exist", { headers }).catch((error) => error);
assert.equal(missing.statusCode ?? missing.status, 404);
