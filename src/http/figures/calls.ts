import { Histogram, type Registry } from 'prom-client'
import type { Directory } from '#ports/directory.ts'
import { type Executor, NotAllowed, Superseded } from '#ports/executor.ts'

/** Whom we ask, how long they take and what comes of it. */
export function callFigures(registry: Registry) {
  const histogram = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Histogram({ name, help, labelNames, buckets, registers: [registry] })
  const directory = histogram(
    'countermand_directory_call_seconds',
    'Questions to the directory of roles; unsure: a source did not answer.',
    ['call', 'outcome'],
  )
  const platform = histogram(
    'countermand_platform_call_seconds',
    'Calls to what runs the services, by executor; refused: by a rule or for want of a right.',
    ['executor', 'call', 'outcome'],
  )
  const slack = histogram(
    'countermand_slack_call_seconds',
    'Calls to Slack; limited: asked to come back later.',
    ['method', 'outcome'],
  )
  return {
    slackCalled(method: string, outcome: SlackOutcome, seconds: number): void {
      slack.observe({ method, outcome }, seconds)
    },
    measuredDirectory: (inner: Directory): Directory => ({
      standing: (...given) =>
        timed(
          () => inner.standing(...given),
          (outcome, seconds) => directory.observe({ call: 'standing', outcome }, seconds),
          (found) => (found.kind === 'member' ? found.unknown.length > 0 : found.why === 'unknown'),
        ),
      holders: (...given) =>
        timed(
          () => inner.holders(...given),
          (outcome, seconds) => directory.observe({ call: 'holders', outcome }, seconds),
          ({ down }) => down.length > 0,
        ),
    }),
    measuredExecutor(inner: Executor): Executor {
      const call =
        <Given extends readonly unknown[], Answer>(
          name: string,
          act: (...given: Given) => Promise<Answer>,
        ) =>
        (...given: Given): Promise<Answer> =>
          timed(
            () => act(...given),
            (outcome, seconds) =>
              platform.observe({ executor: inner.kind, call: name, outcome }, seconds),
          )
      return {
        ...inner,
        observe: call('observe', inner.observe),
        route: call('route', inner.route),
        changedSince: call('changed_since', inner.changedSince),
        apply: call('apply', inner.apply),
        verify: call('verify', inner.verify),
        evidence: call('evidence', inner.evidence),
        examine: call('examine', inner.examine),
        ...(inner.instances
          ? { instances: { look: call('instances', inner.instances.look) } }
          : {}),
        ...(inner.delivery ? { delivery: { look: call('delivery', inner.delivery.look) } } : {}),
      }
    },
  }
}

export type SlackOutcome = 'answered' | 'refused' | 'limited' | 'failed'

const buckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

async function timed<Answer>(
  act: () => Promise<Answer>,
  observe: (outcome: string, seconds: number) => void,
  isUnsure: (answer: Answer) => boolean = () => false,
): Promise<Answer> {
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1_000
  try {
    const answer = await act()
    observe(isUnsure(answer) ? 'unsure' : 'answered', seconds())
    return answer
  } catch (error) {
    const isRefused = error instanceof NotAllowed || error instanceof Superseded
    observe(isRefused ? 'refused' : 'failed', seconds())
    throw error
  }
}
