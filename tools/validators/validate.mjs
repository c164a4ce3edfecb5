// Reads a JSON list of custom resources from stdin, and writes a JSON list of {object, error}: those that are wrong.
import { readFileSync } from "node:fs";

const PACKAGES = { "cert-manager.io": "cert-manager", "istio.io": "istio", "fluxcd.io": "flux-cd" };

const found = [];
for (const object of JSON.parse(readFileSync(0, "utf8"))) {
  const name = `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`;
  const domain = Object.keys(PACKAGES).find((each) => object.apiVersion.split("/")[0].endsWith(each));
  const models = await import(`@kubernetes-models/${PACKAGES[domain]}/${object.apiVersion}/${object.kind}`);
  try {
    new models[object.kind](object).validate();
  } catch (error) {
    found.push({ object: name, error: error.message });
  }
}
console.log(JSON.stringify(found));
