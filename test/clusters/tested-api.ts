import { type KubernetesApi, kubernetesApi } from '#executors/kubernetes/api.ts'
import type { Connection } from '#executors/kubernetes/connection.ts'
import { isReal } from './tested-cluster.ts'

type Options = NonNullable<Parameters<typeof kubernetesApi>[1]>

/** The real one answers over TLS from processes that share this machine. */
const shortMs = isReal ? 1_500 : 500

/**
 * As people have it. With `isImpatient` a change is given up long before its answer where a test delays that; whatever changes nothing
 * is waited for all the same, and a busy machine plays this trick on no question.
 */
export function testedApi(
  connection: Connection,
  { isImpatient = false, ...options }: Options & { readonly isImpatient?: boolean | undefined },
): KubernetesApi {
  const patient = kubernetesApi(connection, options)
  if (!isImpatient) return patient
  const hasty = kubernetesApi(connection, { ...options, requestTimeoutMs: shortMs })
  return {
    ...patient,
    patch: (path, operations, as, query, signal) =>
      (query?.['dryRun'] ? patient : hasty).patch(path, operations, as, query, signal),
  }
}
