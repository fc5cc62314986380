// @medplum/core 4: its client expects the FHIR API under <base>/fhir/R4 unless it is told otherwise.
import assert from "node:assert/strict";
import { MedplumClient } from "@medplum/core";

const [fhir, token] = process.argv.slice(2);
const client = new MedplumClient({ baseUrl: new URL(fhir).origin, fhirUrlPath: "fhir", cacheTime: 0 });
client.setAccessToken(token);

const made = await client.createResource({ resourceType: "Patient", name: [{ family: "Medplum" }] });
assert.ok(made.id);
const read = await client.readResource("Patient", made.id);
assert.equal(read.name[0].family, "Medplum");
const updated = await client.updateResource({ ...read, birthDate: "2001-01-31" });
assert.equal(updated.meta.versionId, "2");
const patched = await client.patchResource("Patient", made.id, [{ op: "replace", path: "/birthDate", value: "2001-02-28" }]);
assert.equal(patched.birthDate, "2001-02-28");
const versions = await client.readHistory("Patient", made.id);
assert.equal(versions.entry.length, 3);
const found = await client.searchResources("Observation", { "patient.family": "Zhang", _count: "3", _sort: "-date" });
assert.equal(found.length, 3);
let rows = 0;
for await (const page of client.searchResourcePages("Observation", { _count: "10" })) rows += page.length;
assert.ok(rows > 10);
const once = { resourceType: "Patient", identifier: [{ system: "urn:test:medplum", value: crypto.randomUUID() }] };
const query = `identifier=urn:test:medplum|${once.identifier[0].value}`;
const [one, two] = [await client.createResourceIfNoneExist(once, query), await client.createResourceIfNoneExist(once, query)];
assert.equal(one.id, two.id);
const batch = await client.executeBatch({
  resourceType: "Bundle", type: "batch",
  entry: [{ request: { method: "GET", url: `Patient/${made.id}` } }, { request: { method: "GET", url: "Patient?family=Medplum" } }],
});
assert.deepEqual(batch.entry.map((e) => e.response.status.slice(0, 3)), ["200", "200"]);
const validated = await client.validateResource({ resourceType: "Patient", gender: "female" });
assert.equal(validated.resourceType, "OperationOutcome");
await client.deleteResource("Patient", made.id);
await assert.rejects(client.readResource("Patient", made.id));
