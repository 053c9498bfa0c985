import type { Part } from '#cli/command.ts'
import type { ClusterSource, ConfigFileContent } from '#config/file.ts'
import { asVariable } from '#config/webhook-secrets.ts'
import { probedAt, type Service } from '#domain/service.ts'
import { makeExecutors } from '#executors/index.ts'
import { nginxProgram } from '#executors/nginx/program.ts'
import { kubernetesApi } from '#executors/kubernetes/api.ts'
import type { Connection } from '#executors/kubernetes/connection.ts'
import { healthProbe } from '#metrics/health-probe.ts'
import type { Executor, Shortcoming } from '#ports/executor.ts'
import type { Finding } from '#ports/finding.ts'
import type { Revisions } from '#ports/store.ts'
import { examine } from '#workflows/examine.ts'
import type { Told } from '../config.ts'
import {
  balancerIn,
  codeDeployIn,
  connectTo,
  dockerOf,
  ecsIn,
  flagsOf,
  regionProvidersOf,
} from '../outside.ts'

type Content = ConfigFileContent & Pick<Told, 'flagTokens' | 'migratedUrls'>

/** Each service: the rights where it runs, whether it is there, and whether its health can be asked. */
export function serviceParts(content: Content): readonly Part[] {
  const executors = executorsFor(content)
  const probe = healthProbe({ hosts: content.healthHosts })
  const health = async (url: string, signal: AbortSignal): Promise<readonly Finding[]> => {
    const { ok, status, why } = await probe.get(url, signal)
    return ok
      ? []
      : [
          {
            result: 'wrong',
            text: `${url} ${status === undefined ? `gives no answer: ${why ?? 'unknown'}` : (why ?? `answered ${status}`)}`,
            remedy: 'correct the health URL, or see why the service is not well',
          },
        ]
  }
  return [...content.catalogue.values()].map((service) => ({
    about: service.id,
    async look(signal) {
      const [{ shortcomings }, deaf, ...unwell] = await Promise.all([
        examine({ executors }, service, signal),
        unheard(executors, service, signal),
        ...probedAt(service).map((url) => health(url, signal)),
      ])
      const findings = [...shortcomings.map(finding), ...deaf, ...unwell.flat()]
      return findings.length > 0 ? findings : [fine(service)]
    },
  }))
}

/** Whether what another controller does would be known, where a service wants to be told. */
async function unheard(
  executors: ReadonlyMap<string, Executor>,
  { automation, targets }: Service,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const [target] = targets
  const delivery = target && executors.get(target.executor)?.delivery
  if (!automation?.triggers.includes('flagger') || !delivery) return []
  const told = await delivery.look(target, signal)
  switch (told.kind) {
    case 'told':
      return []
    case 'unknown':
      return [
        {
          result: 'wrong',
          text: `cannot be told what Flagger does: ${told.why}`,
          remedy: 'apply deploy/flagger.yaml',
        },
      ]
    case 'none':
      return [
        {
          result: 'note',
          text: `names the trigger flagger, and no Canary of Flagger is about ${target.title}`,
          remedy: 'leave the trigger out, or see whether Flagger is there',
        },
      ]
  }
}

const fine = ({ targets, flags = [], health }: Service): Finding => ({
  result: 'fine',
  text: `can be rolled back in full: ${[...targets, ...flags.map(({ target }) => target)].map(({ title }) => title).join(', ')}${health.length > 0 ? '; its health answers' : ''}`,
})

function finding({ kind, text, remedy }: Shortcoming): Finding {
  if (kind === 'choice') return { result: 'note', text }
  // A credential that may too much may so for every service of its namespace.
  if (kind === 'excess') return { result: 'note', text, remedy, isShared: true }
  return { result: 'wrong', text, remedy }
}

function executorsFor(content: Content): ReadonlyMap<string, Executor> {
  const clusters = [...content.clusters].map(
    ([name, source]) => [name, kubernetesApi(connectionTo(source))] as const,
  )
  return makeExecutors({
    kubernetes: {
      clusters: new Map(clusters),
      freezing: content.freezing,
      argoCd: content.argoCd,
      revisions: nothingKnown,
      servedLongMicros: content.policy.rollback.servedLongMicros,
      scrub: (text) => text,
    },
    ecs: {
      api: ecsIn({}),
      codeDeploy: codeDeployIn({}),
      balancer: balancerIn({}),
      revisions: nothingKnown,
      servedLongMicros: content.policy.rollback.servedLongMicros,
      scrub: (text) => text,
    },
    nginx: {
      program: nginxProgram(),
      revisions: nothingKnown,
      servedLongMicros: content.policy.rollback.servedLongMicros,
      scrub: (text) => text,
    },
    compose: {
      hosts: dockerOf(content),
      revisions: nothingKnown,
      servedLongMicros: content.policy.rollback.servedLongMicros,
      scrub: (text) => text,
    },
    flag: { providers: flagsOf(content) },
    database: {
      urlOf: (connection) => content.migratedUrls.get(asVariable(connection)),
      revisions: nothingKnown,
      servedLongMicros: content.policy.rollback.servedLongMicros,
      scrub: (text) => text,
    },
    region: {
      providers: regionProvidersOf({}),
      revisions: nothingKnown,
      scrub: (text) => text,
    },
  })
}

/** A cluster whose kubeconfig cannot be used says why, whatever it is asked. */
function connectionTo(source: ClusterSource): Connection {
  try {
    return connectTo(source)
  } catch (error) {
    return { server: '', context: undefined, send: () => Promise.reject(error) }
  }
}

/** An examination writes nothing down. */
const nothingKnown: Revisions = {
  saw: async () => undefined,
  markVerified: async () => undefined,
  markBad: async () => undefined,
  unmarkBad: async () => undefined,
  known: async () => [],
  begunSince: async () => [],
  template: async () => undefined,
}
