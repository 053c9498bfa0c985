import { z } from 'zod'
import type { Ended } from '#executors/docker/apart.ts'
import { NoAnswer } from '#executors/docker/failure.ts'
import { type ComposeParts, hostOf } from './context.ts'
import { isImageId, shortImage } from './images.ts'
import type { ComposeTarget } from './schema.ts'
import { broughtLabel, composeVersionOf, type Seen, settingsOf } from './seen.ts'

/** Whether the files on this machine still say what runs. */
export interface Drift {
  /** Why they cannot be used, in a sentence; `undefined` where they can. */
  readonly refusal: string | undefined
  /** What people should know before they are. */
  readonly warning: string | undefined
}

/** What they say besides. */
export interface Files extends Drift {
  /** The image that the next plain `docker compose up` would start. */
  readonly image: string | undefined
}

const Config = z.object({
  services: z.record(z.string(), z.object({ image: z.string().optional() })),
})

/**
 * Whether the files still say what runs. Compose writes a figure over all settings at each container; with the image that runs it
 * must come out again, or a rollback would bring other settings along: a file that was changed, a variable that is only set
 * where deploys are made. Versions of Compose may count differently, so between two of them a difference proves nothing.
 */
export async function driftOf(
  parts: ComposeParts,
  target: ComposeTarget,
  { containers, asked }: Seen,
  signal: AbortSignal,
): Promise<Drift> {
  const { compose } = hostOf(parts, target)
  const [container] = containers.filter(({ Image }) => Image === asked)
  if (!container) return unusable('no container says what runs')
  const own = container.Config.Labels[broughtLabel]
  const override = {
    image: container.Config.Image,
    ...(own === undefined ? {} : { labels: { [broughtLabel]: own } }),
  }
  const hashed = await compose.hash(target, target.service, override, signal)
  if (hashed.code !== 0) return unusable(whyNot(hashed, parts.scrub))
  if (hashed.stdout.trim().split(/\s+/).at(-1) === settingsOf(container))
    return { refusal: undefined, warning: undefined }
  const version = await compose.version(signal)
  const unset = unsetIn(hashed)
  const why =
    unset.length > 0
      ? `${unset.join(' and ')} ${unset.length > 1 ? 'are' : 'is'} not set there`
      : 'they, or their variables, were changed since'
  if (!version.stdout.trim().startsWith(composeVersionOf(container)))
    return {
      refusal: unset.length > 0 ? changed(target, why) : undefined,
      warning: `whether the compose files still say what runs cannot be told: Compose ${composeVersionOf(container)} deployed it, here is ${version.stdout.trim()}`,
    }
  return { refusal: changed(target, why), warning: undefined }
}

/** With the image that they name by themselves, for whoever plans. */
export async function filesOf(
  parts: ComposeParts,
  target: ComposeTarget,
  seen: Seen,
  signal: AbortSignal,
): Promise<Files> {
  const drift = await driftOf(parts, target, seen, signal)
  const config = await hostOf(parts, target).compose.config(target, signal)
  return { ...drift, image: config.code === 0 ? imageIn(config, target.service) : undefined }
}

const unusable = (why: string) => ({
  refusal: `the compose files cannot be used: ${why}`,
  warning: undefined,
})
const changed = ({ directory }: ComposeTarget, why: string): string =>
  `the compose files in ${directory} no longer say what runs (${why}): a rollback would bring more than the image; put the files and .env there as they were deployed`

const unsetIn = ({ stderr }: Ended): readonly string[] => [
  ...new Set([...stderr.matchAll(/"(\w+)\\?" variable is not set/g)].map(([, name]) => name ?? '')),
]

function imageIn({ stdout }: Ended, service: string): string | undefined {
  try {
    return Config.parse(JSON.parse(stdout)).services[service]?.image
  } catch (cause) {
    throw new NoAnswer('docker compose config gives no JSON: is it version 2?', { cause })
  }
}

/**
 * Why Compose ended as it did, in its own words. What it cannot read it quotes, with or without a quote at its end: a line of
 * `.env`, the value of a setting. So of such words only those before the first quote are taken; the engine's own are kept.
 */
export function whyNot({ stderr, code }: Ended, scrub: ComposeParts['scrub']): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(time=\S+ )?level=warning/.test(line))
  const [first] = lines
  if (first === undefined) return `docker compose ended with ${code}`
  if (ofEngine.test(stderr)) return scrub(lines.at(-1) ?? first)
  const [said = first] = first.split(/["'`$]/)
  return said === first
    ? scrub(first)
    : `${scrub(said).trim()} … (\`docker compose config\` there says the rest)`
}

const ofEngine = /^\s*(error response from daemon|cannot connect|error during connect|container )/im

export const comesBack = (image: string): string =>
  `the compose files still name ${isImageId(image) ? shortImage(image) : image}: the next plain \`docker compose up\` brings it back, so write the version gone back to there`
