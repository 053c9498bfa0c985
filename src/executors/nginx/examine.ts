import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Checked } from '#executors/define-executor.ts'
import type { Shortcoming } from '#ports/executor.ts'
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
  const [tested, isWritable, front] = await Promise.all([
    parts.program.test(spec.sudo),
    access(dirname(spec.file), constants.W_OK).then(
      () => true,
      () => false,
    ),
    ask(spec.front, spec.versionHeader, signal),
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
  ]
}

const blocks = (text: string, remedy: string): Shortcoming => ({
  kind: 'blocks',
  text: `cannot be rolled back: ${text}`,
  remedy,
})
