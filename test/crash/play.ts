import type { TimelineEvent } from '#domain/incident/events.ts'
import { type Blows, blowsFor, type Takeover } from './blows.ts'
import type { Crew } from './crew.ts'
import { endOf } from './end.ts'
import type { Hit, Place } from './hits.ts'
import { type Scene, sceneOf } from './scene.ts'
import { type Story, workloadOf } from './story.ts'

export interface Outcome {
  /** Every boundary that was reached, in order. */
  readonly reached: readonly Place[]
  readonly hit: readonly Hit[]
  /** What happened on the record, without looks and what is said beside. */
  readonly kinds: readonly string[]
  readonly wrong: readonly string[]
  readonly takeovers: readonly Takeover[]
}

/** Plays one story with the blows that are asked for, and says what it came to. */
export async function play(
  crew: Crew,
  story: Story,
  name: string,
  hits: readonly Hit[],
): Promise<Outcome> {
  const scene = sceneOf(crew, { ...workloadOf(story), name })
  const blows = blowsFor(crew, name, hits)
  const wrong: string[] = []
  crew.listen(blows.ear)
  try {
    await story.play(scene)
    await blows.dealt()
    await scene.settled()
  } catch (error) {
    wrong.push(String(error))
  } finally {
    await blows.dealt()
    crew.listen(undefined)
  }
  await crew.whole()
  wrong.push(...(await endOf(crew, story, name)))
  await crew.clears({ ...workloadOf(story), name })
  wrong.push(...(await writtenLate(scene, blows)))
  for (const { fault, boundary } of blows.forsaken())
    wrong.push(`nobody took over after ${fault} at ${boundary}`)
  return {
    reached: blows.reached,
    hit: blows.hits(),
    kinds: (await scene.kinds()).filter((kind) => !beside.has(kind)),
    wrong,
    takeovers: blows.takeovers(),
  }
}

/** What a process did in a name that was over. */
async function writtenLate(scene: Scene, { late }: Blows): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const { name, on } of late) {
    const kind = name.replace(/ \d+$/, '').split(' ').at(-1) ?? ''
    // Its answer may only have been read then: what was written before it froze is not late.
    const before = await scene.writtenBefore(kind, on)
    if (!before && kind !== 'rest' && kind !== 'nothing') wrong.push(`a thawed process did ${name}`)
  }
  return wrong
}

/** May be looked at, measured or said more often, or in another order, when something goes wrong on the way. */
const beside: ReadonlySet<TimelineEvent['kind']> = new Set<TimelineEvent['kind']>([
  'progressed',
  'checked',
  'channel_opened',
  'impact_measured',
  'evidence_captured',
  'announced',
  // Whoever hears nothing asks again.
  'assessed',
  'assessment_shown',
  'promotion_joined',
  // Whoever is told that something did not answer presses again, as they are told to, and may come too late by then.
  'decision_refused',
  'roles_told',
  'checklist_ticked',
  'freeze_begun',
  'freeze_raised',
  'freeze_lifted',
  'freeze_failed',
  'sync_failed',
  'hold_begun',
  'hold_enforced',
  'hold_released',
  'hold_failed',
  'escalated',
  'reminded',
  'decision_overdue',
  // Whoever calls people waits for nobody; what the pager itself was asked is judged in `end.ts`.
  'paged',
  'page_acknowledged',
  'page_resolved',
  'page_failed',
  'severity_changed',
  // A canary is looked at every minute, and its figures are never twice the same.
  'promotion_looked',
  'canary_progressed',
  'promotion_refused',
])
