import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { Hit } from './hits.ts'
import { keyOf } from './plan.ts'
import type { Outcome } from './play.ts'
import { type Story, workloadOf } from './story.ts'

/** How a story goes when nothing is wrong. */
export type Calm = Pick<Outcome, 'reached' | 'kinds'>

/** One that was played with blows, and what was wrong then. */
export interface Struck extends Pick<Outcome, 'hit' | 'takeovers' | 'wrong'> {
  readonly hits: readonly Hit[]
  /** How many times slower than usual the machine went. */
  readonly slowness: number
  readonly tookMs: number
}

type Line = { readonly commit: string; readonly title: string; readonly story: string } & (
  | ({ readonly kind: 'calm' } & Calm)
  | ({ readonly kind: 'struck' } & Struck)
)

export type Ledger = ReturnType<typeof openLedger>

/**
 * What was played so far, one line each, so that several runs add up to one. Kept in `path`, or only until this run ends. What was
 * played of a story that reads otherwise by now counts no more; of which commits the rest is, the summary says.
 */
export function openLedger(path: string | undefined, commit: string, stories: readonly Story[]) {
  const now = new Map(stories.map((story) => [story.title, hashOf(story)]))
  const written =
    path !== undefined && existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []
  const lines: Line[] = written
    // A run that was killed may have left half a line.
    .filter((text) => text.endsWith('}'))
    .map((text) => JSON.parse(text) as Line)
    .filter(({ title, story }) => now.get(title) === story)
  const keep = (line: Line) => {
    lines.push(line)
    if (path !== undefined) appendFileSync(path, `\n${JSON.stringify(line)}\n`)
  }
  const of = (story: Story) => ({ commit, title: story.title, story: hashOf(story) })
  const storyOf = ({ title }: Line) => stories.find((story) => story.title === title)
  const struck = () =>
    lines.flatMap((line) => {
      const story = line.kind === 'struck' && storyOf(line)
      return story ? { ...line, story } : []
    })
  /** By the blow: whether it was right when it was dealt last. */
  const dealt = new Map<string, boolean>()
  const count = (story: Story, { hit, wrong }: Struck) => {
    for (const one of hit) dealt.set(keyOf(story, one), wrong.length === 0)
  }
  for (const one of struck()) count(one.story, one)

  return {
    /** At whichever commit that was, the latest. */
    calmOf: (story: Story): Calm | undefined =>
      lines.findLast((line) => line.kind === 'calm' && line.title === story.title) as
        | (Line & Calm)
        | undefined,
    isRecorded: (story: Story): boolean =>
      lines.some(
        (line) => line.kind === 'calm' && line.title === story.title && line.commit === commit,
      ),
    keepCalm: (story: Story, { reached, kinds }: Calm) =>
      keep({ kind: 'calm', ...of(story), reached, kinds }),
    keepStruck(story: Story, one: Struck) {
      keep({ kind: 'struck', ...of(story), ...one })
      count(story, one)
    },
    /** Whether this blow was dealt, in whichever story, and what came of it was right. */
    isDealt: (story: Story, hit: Hit): boolean => dealt.get(keyOf(story, hit)) === true,
    struck,
    /** What was wrong, and was not right when it was dealt again. */
    open: () =>
      struck().filter(
        // What went wrong before the first blow fell is open until each of those blows has fallen, and was right.
        ({ story, hit, hits, wrong }) =>
          wrong.length > 0 &&
          (hit.length === 0 ? hits : hit).some((one) => !dealt.get(keyOf(story, one))),
      ),
  }
}

/** Of the story as it reads here; what it calls stands in other places, and is told by the commit. */
const hashOf = (story: Story): string =>
  createHash('sha256')
    .update(JSON.stringify([story.title, story.runs, workloadOf(story), wordsOf(story.play)]))
    .digest('hex')
    .slice(0, 12)

/** However it was compiled, and by which number it calls what it imports. */
const wordsOf = (play: Story['play']): string =>
  String(play)
    .replaceAll(/\(\s*0\s*,\s*\w+\.(\w+)\s*\)/g, '$1')
    .replaceAll(/[\s;"']|,(?=[\])}])/g, '')

export const thisCommit = (): string =>
  execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim()
