// What the library's own kubeconfig takes from all that is generated; see kube-config.ts.
export { createConfiguration } from '@kubernetes/client-node/dist/gen/configuration.js'
export { ServerConfiguration } from '@kubernetes/client-node/dist/gen/servers.js'
