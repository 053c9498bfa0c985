/** A node as its kubelet registers it: large, ready, and reached at `address` for logs. */
export function nodeObject(
  name: string,
  facts: {
    readonly address: string
    readonly logPort: number
    readonly labels: Readonly<Record<string, string>>
  },
) {
  const room = { cpu: '64', memory: '256Gi', pods: '500' }
  const at = `${new Date().toISOString().slice(0, 19)}Z`
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', ...facts.labels },
    },
    status: {
      capacity: room,
      allocatable: room,
      addresses: [
        { type: 'InternalIP', address: facts.address },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: facts.logPort } },
      nodeInfo: {
        architecture: 'amd64',
        bootID: '',
        containerRuntimeVersion: 'none://0',
        kernelVersion: '',
        kubeProxyVersion: '',
        kubeletVersion: 'v0.0.0-stand-in',
        machineID: '',
        operatingSystem: 'linux',
        osImage: 'stand-in',
        systemUUID: '',
      },
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          message: 'a stand-in is ready',
          lastHeartbeatTime: at,
          lastTransitionTime: at,
        },
      ],
    },
  }
}
