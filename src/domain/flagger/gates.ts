/** Where Flagger asks before it goes on, and before it does not go back; each by the type of webhook that asks. */
export const flaggerGates = [
  'confirm-rollout',
  'confirm-traffic-increase',
  'confirm-promotion',
  'rollback',
] as const
export type FlaggerGate = (typeof flaggerGates)[number]

/** One Canary of Flagger in one cluster. */
export interface FlaggerCanaryName {
  readonly cluster: string
  readonly namespace: string
  readonly name: string
}

/** One version of it: `checksum` is Flagger's own name for what it has in hand. A name alone would let the next release through. */
export interface FlaggerVersion extends FlaggerCanaryName {
  readonly checksum: string
}

/** Flagger asked at a gate. */
export interface AskedAtGate {
  readonly version: FlaggerVersion
  readonly gate: FlaggerGate
  /** Flagger's word for where it stands. */
  readonly phase: string
}
