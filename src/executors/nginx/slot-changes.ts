import type { SlotServices } from '#executors/compose/slots.ts'
import { NoAnswer } from '#executors/docker/failure.ts'
import { following, saidBy } from '#executors/following.ts'
import { type Progress, Superseded } from '#ports/executor.ts'
import { askSlot } from './ask.ts'
import type { NginxParts } from './context.ts'
import { readDivision } from './file.ts'
import type { SlotChange } from './schema.ts'

/** Starts what stands in a slot, once, however often it is called. One that gets requests is never touched, and none is stopped. */
export async function applySlot(
  parts: NginxParts,
  change: SlotChange,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  const { does, target, slot, version, service } = change
  if (does === 'leave') return
  const answered = await askSlot(target, slot, signal)
  if (await getsRequests(change)) {
    if (answered.ok && answered.version === version) return
    throw new Superseded(`slot ${slot} gets requests`)
  }
  await slotsOf(parts).start(service, operation, signal)
}

async function getsRequests({ target, slot }: SlotChange): Promise<boolean> {
  const { serving, canary } = await readDivision(target)
  return serving === slot || canary?.slot === slot
}

const usualMs = 1_000
/** After its containers are well: until it answers by its own address, with its version. */
const mostAsked = 30

/** Follows a slot until its containers are well and it answers with the wanted version; or it is clear that they will not be. */
export function followSlot(
  parts: NginxParts,
  change: SlotChange,
  signal: AbortSignal,
): AsyncIterable<Progress> {
  let asked = 0
  const look = async (): Promise<Progress> => {
    const seen = await lookAt(parts, change, signal)
    if (seen.kind !== 'moving' || seen.ready < seen.wanted) return seen
    asked += 1
    return asked < mostAsked ? seen : { ...seen, kind: 'failed', message: seen.note }
  }
  const everyMs = parts.lookEveryMs ?? usualMs
  return following({ everyMs, look, noAnswer: saidBy(NoAnswer), wanted: 1 }, signal)
}

async function lookAt(
  parts: NginxParts,
  { does, target, slot, version, service }: SlotChange,
  signal: AbortSignal,
): Promise<Progress> {
  if (does !== 'start') return { kind: 'settled', ready: 1, wanted: 1 }
  const { ready, wanted, broken } = await slotsOf(parts).ready(service, signal)
  if (broken !== undefined) return { kind: 'failed', message: broken, ready, wanted }
  if (ready < wanted) return { kind: 'moving', ready, wanted, note: `slot ${slot} starts` }
  const answered = await askSlot(target, slot, signal)
  if (answered.ok && answered.version === version) return { kind: 'settled', ready, wanted }
  const so = answered.ok ? `says it is ${answered.version ?? 'nothing'}` : answered.why
  return { kind: 'moving', ready, wanted, note: `slot ${slot} ${so}` }
}

function slotsOf({ slots }: NginxParts): SlotServices {
  if (!slots) throw new Error('no Docker is configured')
  return slots
}
