// The content security policy wants Trusted Types: a worker's address must come through a policy. Only addresses that the
// build made are let through.

interface ScriptPolicy {
  createScriptURL(url: string): string;
}
interface Factory {
  createPolicy(name: string, rules: ScriptPolicy): ScriptPolicy;
}

const rules: ScriptPolicy = {
  createScriptURL(url) {
    const { origin, pathname } = new URL(url, location.href);
    if (origin !== location.origin || !/\/(_app|src|@fs|node_modules)\//.test(pathname)) {
      throw new TypeError(`${url} is no worker of this program`);
    }
    return url;
  }
};

const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
const policy = factory?.createPolicy('open-cicd-workers', rules) ?? rules;

/** For `new Worker(workerUrl(url))` and `new SharedWorker(…)`; url comes from an import that ends with `?worker&url`. */
export const workerUrl = (url: string): string => policy.createScriptURL(url);
