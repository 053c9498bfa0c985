import type { IncidentId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import { isPaging, type PagingEvent, roundOf } from '#domain/paging/events.ts'
import { type PageMove, pageMove, roundsOf } from '#domain/paging/moves.ts'
import { formerService } from '#domain/service.ts'
import { type Page, type Pager, PageRefused } from '#ports/pager.ts'
import { changeOf } from '#workflows/record.ts'
import { messageOf } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<World, 'timeline' | 'policy' | 'catalogue' | 'pagers' | 'scrub'>

/** How long the pager may take for one answer. */
const deadlineMs = 10_000

/**
 * Asks the pager of an incident's service for what the record wants of it, and waits neither for Slack nor for a rollback. Safe to
 * repeat: the pager knows the incident by its id, and each later round by that and its number. Throws when something is to be tried again, and waits for no pager itself: others
 * may be called meanwhile.
 */
export async function page(ports: Ports, incident: IncidentId, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const history = await ports.timeline.read(incident)
    const move = pageMove(history, ports.policy)
    if (!move) return
    const via = move.do === 'call' ? undefined : calledBy(history)
    const pager = pagerOf(ports, history, via)
    if (!pager) {
      if (via === undefined) return
      const why = 'is not configured any more'
      await note(ports, incident, {
        kind: 'page_failed',
        doing: move.do,
        why,
        via,
        isFinal: true,
        ...inRound(move),
      })
      continue
    }
    try {
      await carryOut(ports, { incident, history, pager, move }, signal)
      await note(ports, incident, eventOf(move, pager))
    } catch (error) {
      // Whoever takes over finds it undone.
      if (signal.aborted) throw error
      const isFinal = error instanceof PageRefused
      await note(ports, incident, {
        kind: 'page_failed',
        doing: move.do,
        why: ports.scrub(messageOf(error)),
        via: pager.name,
        isFinal,
        ...inRound(move),
      })
      if (!isFinal) throw error
    }
  }
}

/** Whoever was called last, or may have been, hears the rest from the same pager, whatever the configuration says by now. */
function calledBy(history: History): string | undefined {
  const calls = history.flatMap(({ event }) => (event.kind === 'paged' ? [event] : []))
  return calls.at(-1)?.via ?? incidentState(history)?.page.failure?.via
}

const inRound = (move: PageMove): { readonly round?: number } =>
  move.do === 'resolve' || move.round === undefined ? {} : { round: move.round }

const keyOf = (incident: IncidentId, round: number | undefined): string =>
  round === undefined ? incident : `${incident}.${round}`

/** Of every call that this pager made, and of the one that it may have made. */
function keysOf({ incident, history, move, pager }: Asked): ReadonlySet<string> {
  const called = history.flatMap(({ event }) =>
    event.kind === 'paged' && event.via === pager.name ? [event.round] : [],
  )
  const last = move.do === 'resolve' ? roundsOf(history).at(-1) : move.round
  return new Set([...called, last].map((round) => keyOf(incident, round)))
}

/** The one of that name, or the service's. Where nobody has configured a pager for a service, Slack is all there is. */
function pagerOf(
  { catalogue, pagers }: Pick<Ports, 'catalogue' | 'pagers'>,
  history: History,
  via: string | undefined,
): Pager | undefined {
  if (via !== undefined) return [...pagers.values()].find(({ name }) => name === via)
  const service = incidentState(history)?.service
  const name = service === undefined ? undefined : catalogue.get(service)?.pager
  return name === undefined ? undefined : pagers.get(name)
}

interface Asked {
  readonly incident: IncidentId
  readonly history: History
  readonly pager: Pager
  readonly move: PageMove
}

async function carryOut(ports: Ports, asked: Asked, signal: AbortSignal): Promise<void> {
  const abort = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)])
  const { incident, pager, move } = asked
  if (move.do === 'call') {
    const key = keyOf(incident, move.round)
    return pager.call(pageOf(ports, asked, key, move.seen.because), abort)
  }
  for (const key of keysOf(asked)) await pager[move.do](key, abort)
}

function pageOf(
  { catalogue, scrub }: Ports,
  { incident, history }: Asked,
  key: string,
  because: string,
): Page {
  const state = incidentState(history)
  if (!state) throw new Error(`Incident ${incident} was never declared`)
  const service = catalogue.get(state.service) ?? formerService(state.service, undefined)
  const { runbook, dashboards, environment, owner } = service
  return {
    key,
    service: service.id,
    severity: state.severity,
    summary: scrub(`${service.id} (${environment}): ${because}`),
    startedAt: state.startedAt,
    details: {
      incident,
      what: scrub(state.title),
      severity: state.severity,
      owner,
      ...(state.channel ? { slack: `#${state.channel.name}` } : {}),
      'if Slack is away': `countermand rollback ${service.id}`,
    },
    links: [...(runbook === undefined ? [] : [{ title: 'Runbook', url: runbook }]), ...dashboards],
  }
}

function eventOf(move: PageMove, { name: via }: Pager): PagingEvent {
  switch (move.do) {
    case 'call': {
      const { sign, because } = move.seen
      return { kind: 'paged', level: 'P0', sign, because, via, ...inRound(move) }
    }
    case 'acknowledge':
      return { kind: 'page_acknowledged', by: move.by, via, ...inRound(move) }
    case 'resolve':
      return { kind: 'page_resolved', via }
  }
}

/** Once: another worker may have been at it at the same time, and what is tried again and again fails for the same reasons. */
async function note(
  { timeline, policy }: Pick<Ports, 'timeline' | 'policy'>,
  incident: IncidentId,
  event: PagingEvent,
): Promise<void> {
  await timeline.decide(incident, (history, now) => {
    if (isKnown(history, event)) return { change: undefined, answer: undefined }
    const change = changeOf([event], { history, now, policy })
    // Whoever writes this is at it already.
    const jobs = change.jobs.filter((job) => job !== 'page')
    return { change: { ...change, jobs }, answer: undefined }
  })
}

function isKnown(history: History, event: PagingEvent): boolean {
  const known = history.flatMap(({ event: one }) =>
    isPaging(one) && one.kind === event.kind && roundOf(one) === roundOf(event) ? [one] : [],
  )
  if (event.kind !== 'page_failed') return known.length > 0
  const { doing, why, via, isFinal } = event
  const last = incidentState(history)?.page.failure
  // What ends the trying stands there last.
  if (isFinal) return last?.doing === doing && last.isFinal && known.length > 0
  return known.some(
    (one) =>
      one.kind === 'page_failed' && one.doing === doing && one.why === why && one.via === via,
  )
}
