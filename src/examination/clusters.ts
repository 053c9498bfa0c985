import type { Part } from '#cli/command.ts'
import type { ClusterSource, ConfigFileContent } from '#config/file.ts'
import { reach } from '#executors/kubernetes/reach.ts'
import type { Finding } from '#ports/finding.ts'
import { connectTo } from '../outside.ts'
import { clockFindings } from './clock.ts'

/** Each cluster: whether it answers, and what its clock says. */
export const clusterParts = ({ clusters }: ConfigFileContent): readonly Part[] =>
  [...clusters].map(([name, source]) => ({
    about: `Cluster ${name}`,
    look: (signal) => clusterFindings(name, source, signal),
  }))

/** The same for every service: said once. */
export const secretsPart: Part = {
  about: 'Secrets',
  look: async () => [
    {
      result: 'fine',
      text: 'are never read: a plan names those that only one version uses, and cannot say whether one was changed',
    },
  ],
}

async function clusterFindings(
  name: string,
  source: ClusterSource,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  try {
    const connection = connectTo(source)
    const asked = Date.now()
    const { version, clock } = await reach(connection, signal)
    return [
      { result: 'fine', text: `Kubernetes ${version} answers at ${connection.server}` },
      ...(clock
        ? clockFindings({
            whose: `cluster ${name}`,
            shows: clock.getTime(),
            coarseMs: 1_000,
            asked,
            answered: Date.now(),
          })
        : []),
    ]
  } catch (error) {
    return [
      {
        result: 'wrong',
        text: error instanceof Error ? error.message : String(error),
        remedy: 'check the cluster’s context and kubeconfig, and that this machine reaches it',
      },
    ]
  }
}
