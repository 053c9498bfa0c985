import { readFileSync, realpathSync, renameSync } from 'node:fs'
import { chmod, chown, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Division, NginxTarget } from './schema.ts'

/** Thrown where the file does not say who serves in the one way that is understood. Nobody guesses. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}

/** What a target's file says: which slot serves, and whether another has a share. */
export async function readDivision(target: NginxTarget): Promise<Division> {
  return divisionIn(await textOf(target), target)
}

export async function textOf({ file }: NginxTarget): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Unreadable(`${file} cannot be read: ${String(cause)}`, { cause })
  })
}

const looksForMissing = 10

/** Looks for so long before it says so: whoever writes a file anew may take the former one away first. One that may not be looked for throws. */
export async function isFileGone(
  { file }: NginxTarget,
  missingMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  for (let looks = 0; looks < looksForMissing; looks += 1) {
    if (await isThere(file)) return false
    await sleep(missingMs / looksForMissing, undefined, { signal })
  }
  return !(await isThere(file))
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      return false
    },
  )

/**
 * At once or not at all: whoever reads it meanwhile finds the one or the other. In the same moment it is asked whether this
 * process may still write, and whether the file is the one that was read; `false` where it is another by now. What a link
 * leads to is what is written; its mode stays, and its owner and group as far as this process may give them.
 */
export async function replaceText(
  { file }: NginxTarget,
  read: string,
  text: string,
  expectMayChange: () => void,
): Promise<boolean> {
  const path = await realpath(file)
  const unfinished = `${path}.countermand`
  try {
    await writeFile(unfinished, text)
    await makeAlike(unfinished, path)
    // Nothing is awaited from here on.
    if (realpathSync(file) !== path || readFileSync(path, 'utf8') !== read) return false
    expectMayChange()
    renameSync(unfinished, path)
    return true
  } finally {
    await rm(unfinished, { force: true })
  }
}

/** Whoever else writes the file, such as a pipeline, can do so afterwards. */
async function makeAlike(path: string, model: string): Promise<void> {
  const { mode, uid, gid } = await stat(model)
  // Only root may give a file away; a group, whoever is in it.
  await chown(path, uid, gid)
    .catch(() => chown(path, -1, gid))
    .catch(() => undefined)
  await chmod(path, mode & 0o7777)
}

const variable = (upstream: string): string => `${upstream.replaceAll('-', '_')}_slot`
const groupOf = (upstream: string, slot: string): string => `${upstream}_${slot}`

/** The file for a division. A share of 0 or 100 percent is no line: nginx refuses both. */
export function fileFor({ upstream, slots }: NginxTarget, { serving, canary }: Division): string {
  const groups = Object.entries(slots).map(
    ([slot, { servers }]) =>
      `upstream ${groupOf(upstream, slot)} {\n${servers.map((server) => `    server ${server};\n`).join('')}}\n`,
  )
  return [
    `# Which slot serves ${upstream}. Countermand reads and writes this file: nothing else may stand in it.\n`,
    ...groups,
    `split_clients "$request_id" $${variable(upstream)} {\n`,
    ...(canary ? [`    ${canary.percent}% ${groupOf(upstream, canary.slot)};\n`] : []),
    `    * ${groupOf(upstream, serving)};\n}\n`,
  ].join('')
}

/** Throws `Unreadable` for anything that `fileFor` would not have written, spaces and comments aside. */
export function divisionIn(text: string, target: NginxTarget): Division {
  const { upstream, slots } = target
  const bare = text.replaceAll(/#[^\n]*/g, '')
  const split = /split_clients\s+"\$request_id"\s+\$(\w+)\s*\{([^{}]*)\}/.exec(bare)
  if (split?.[1] !== variable(upstream))
    throw new Unreadable(`no split_clients sets $${variable(upstream)} there`)
  const slotOf = (group: string | undefined): string => {
    const found = Object.keys(slots).find((slot) => groupOf(upstream, slot) === group)
    if (found === undefined) throw new Unreadable(`${group} is the group of no slot`)
    return found
  }
  const lines = (split[2] ?? '')
    .split(';')
    .map((line) => line.trim().split(/\s+/))
    .filter(([first]) => first !== '')
  const [share, group] = lines.length === 2 ? (lines[0] ?? []) : []
  const [rest, restGroup, ...more] = lines.at(-1) ?? []
  const percent = share === undefined ? undefined : Number(/^(\d+(?:\.\d+)?)%$/.exec(share)?.[1])
  const isPlain = lines.length >= 1 && lines.length <= 2 && rest === '*' && more.length === 0
  if (!isPlain || (percent !== undefined && !(percent > 0 && percent < 100)))
    throw new Unreadable('its split_clients is more than one share and the rest')
  const division: Division = {
    serving: slotOf(restGroup),
    canary: percent === undefined ? null : { slot: slotOf(group), percent },
  }
  if (words(bare) !== words(fileFor(target, division).replaceAll(/#[^\n]*/g, '')))
    throw new Unreadable('it holds other servers or settings than the configuration has')
  return division
}

const words = (text: string): string => text.replaceAll(/\s+/g, '')

export const isSame = (one: Division, other: Division): boolean =>
  one.serving === other.serving &&
  one.canary?.slot === other.canary?.slot &&
  one.canary?.percent === other.canary?.percent

/** The slot that a change to this division is about: the canary's, where it gives one a share. */
export const wantedSlot = ({ serving, canary }: Division): string => canary?.slot ?? serving

/** `green`, `blue, 10 % green`. */
export const wordsFor = ({ serving, canary }: Division): string =>
  canary ? `${serving}, ${canary.percent} % ${canary.slot}` : serving
