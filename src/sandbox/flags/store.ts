/** A strategy as Unleash keeps it, which stands for the rules of every provider here. */
export interface Rule {
  readonly id: string
  readonly share: number
}

export interface PretendFlag {
  readonly project: string
  readonly key: string
  readonly environment: string
  isOn: boolean
  rules: readonly Rule[]
  /** Segments or rollouts that say something of their own. */
  overrides: readonly { readonly id: number; readonly isOn: boolean }[]
  /** What is served while it is off. */
  offServes: boolean
  switchedAt: Date
  changedAt: Date
  /** A change of it that somebody has scheduled, or that only an approval of its provider lets through. */
  pending: 'nothing' | 'scheduled' | 'approval'
}

export interface FlagEvent {
  readonly type: string
  readonly flag: PretendFlag
  readonly at: Date
}

/** What every pretend provider of flags keeps, whatever it speaks. */
export class FlagStore {
  readonly flags: PretendFlag[] = []
  readonly events: FlagEvent[] = []
  /** Those that ever had a flag. */
  readonly environments = new Set<string>()
  readonly now: () => Date
  /** Of everything in it, as providers that keep their flags in Git have it. */
  revision = 1
  /** How many switches took effect. */
  changes = 0

  readonly #listeners = new Set<(flag: PretendFlag) => void>()

  constructor(now: () => Date) {
    this.now = now
  }

  add(flag: Pick<PretendFlag, 'key'> & Partial<PretendFlag>): PretendFlag {
    const at = this.now()
    const made: PretendFlag = {
      project: 'default',
      environment: 'production',
      isOn: true,
      rules: [{ id: 'rule-1', share: 100 }],
      overrides: [],
      offServes: false,
      switchedAt: at,
      changedAt: at,
      pending: 'nothing',
      ...flag,
    }
    this.flags.push(made)
    this.environments.add(made.environment)
    return made
  }

  find(place: {
    project?: string | undefined
    key?: string | undefined
    environment?: string | undefined
  }) {
    return this.flags.find(
      (flag) =>
        (place.project === undefined || flag.project === place.project) &&
        flag.key === place.key &&
        (place.environment === undefined || flag.environment === place.environment),
    )
  }

  set(flag: PretendFlag, isOn: boolean): void {
    if (flag.isOn === isOn) return
    flag.isOn = isOn
    flag.switchedAt = this.now()
    this.changes += 1
    this.#changed(flag, isOn ? 'feature-environment-enabled' : 'feature-environment-disabled')
  }

  /** As somebody does beside us. */
  setRules(flag: PretendFlag, rules: readonly Rule[]): void {
    flag.rules = rules
    this.#changed(flag, 'feature-strategy-update')
  }

  onChange(listener: (flag: PretendFlag) => void): void {
    this.#listeners.add(listener)
  }

  remove(flag: PretendFlag): void {
    this.flags.splice(this.flags.indexOf(flag), 1)
    this.revision += 1
  }

  #changed(flag: PretendFlag, type: string): void {
    flag.changedAt = this.now()
    this.revision += 1
    this.events.push({ type, flag, at: flag.changedAt })
    for (const listener of this.#listeners) listener(flag)
  }
}
