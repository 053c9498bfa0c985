import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Checked } from '#executors/define-executor.ts'
import type { Shortcoming } from '#ports/executor.ts'
import { NoAnswer } from '#executors/docker/failure.ts'
import { ask } from './ask.ts'
import type { NginxParts } from './context.ts'
import { Unreadable } from './file.ts'
import type { NginxTarget } from './schema.ts'
import { see } from './seen.ts'

/** Reads the file, tests nginx's configuration and asks both slots and the front; changes nothing. */
export async function examine(
  parts: NginxParts,
  target: Checked<NginxTarget>,
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  const { spec } = target
  const seen = await see(parts, target, signal).catch((error: unknown) => {
    if (error instanceof Unreadable) return error
    throw error
  })
  if (seen instanceof Unreadable)
    return [
      blocks(
        `which slot serves is not known: ${seen.message}`,
        'write the file as docs/nginx.md shows',
      ),
    ]
  const [tested, isWritable, front, started] = await Promise.all([
    parts.program.test(spec.sudo, signal),
    access(dirname(spec.file), constants.W_OK).then(
      () => true,
      () => false,
    ),
    ask(spec.front, spec.versionHeader, signal),
    ofSlots(parts, target, signal),
  ])
  return [
    ...(tested.code === 0
      ? []
      : [
          blocks(
            `nginx would load nothing: ${parts.scrub(tested.says)}`,
            'let this process test and reload nginx, and see that `nginx -t` passes (docs/nginx.md)',
          ),
        ]),
    ...(isWritable
      ? []
      : [
          blocks(
            `the folder of ${spec.file} may not be written`,
            'give the file a folder of its own, which this process owns',
          ),
        ]),
    ...(front.ok && front.version !== undefined
      ? []
      : [
          blocks(
            `which version answers at ${spec.front} is not known: ${front.ok ? `no ${spec.versionHeader} is sent` : `it ${front.why}`}`,
            'name a front that answers, with a header that names the version',
          ),
        ]),
    ...seen.slots
      .filter(({ answered }) => !answered.ok)
      .map(({ slot, answered }) => ({
        kind: 'limits' as const,
        text: `can be switched only while both slots are there: slot ${slot} ${answered.why}`,
        remedy: 'leave the former version running in its slot',
      })),
    ...started,
  ]
}

/** Without them requests can still be switched, only not to what has to be started first. What is said of every slot is said once. */
async function ofSlots(
  { slots, scrub }: NginxParts,
  { spec }: Checked<NginxTarget>,
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  const found = await Promise.all(
    Object.entries(spec.slots).map(async ([slot, { compose }]) => {
      if (!compose || !slots) return []
      const all = await slots.examine(compose, signal).catch((error: unknown) => {
        if (!(error instanceof NoAnswer)) throw error
        const remedy = 'see that Docker runs, and that this process reaches it'
        return [{ kind: 'limits', text: scrub(error.message), remedy } as const]
      })
      return all.map((one): Shortcoming => {
        if (one.kind === 'choice' || one.kind === 'excess') return one
        const text = one.text.replace(/^cannot be rolled back: |^can be rolled back, and /, '')
        return { ...one, kind: 'limits', text: `cannot have slot ${slot} started: ${text}` }
      })
    }),
  )
  const all = found.flat()
  return all.filter(({ text }, index) => all.findIndex((one) => one.text === text) === index)
}

const blocks = (text: string, remedy: string): Shortcoming => ({
  kind: 'blocks',
  text: `cannot be rolled back: ${text}`,
  remedy,
})
