import { NoAnswer } from '#executors/docker/failure.ts'
import { NotAllowed, type Shortcoming } from '#ports/executor.ts'
import { type ComposeParts, hostOf, nameOf } from './context.ts'
import { filesOf } from './files.ts'
import type { ComposeTarget } from './schema.ts'
import { see } from './seen.ts'

/** Asks the engine and `docker compose` everything that a rollback would ask, and changes nothing. */
export async function examine(
  parts: ComposeParts,
  spec: ComposeTarget,
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  const host = hostOf(parts, spec)
  try {
    const seen = await see(host, spec, signal)
    if (!seen)
      return [
        {
          kind: 'blocks',
          text: `there is no ${nameOf(spec)}`,
          remedy: 'correct docker, project or service of the target, or start the service',
        },
      ]
    const version = (await host.compose.version(signal)).stdout.trim()
    if (!/^v?([2-9]|\d\d)\./.test(version))
      return [
        blocks(
          `cannot be rolled back: docker compose is ${version === '' ? 'missing' : version} here, and version 2 is needed`,
          'install Docker’s command and its Compose plugin beside Countermand',
        ),
      ]
    const { refusal, warning } = await filesOf(parts, spec, seen, signal)
    const files = 'have the files and .env beside Countermand as they were deployed'
    return [
      ...(refusal === undefined ? [] : [blocks(`cannot be rolled back: ${refusal}`, files)]),
      ...(warning === undefined
        ? []
        : [{ kind: 'limits' as const, text: `can be rolled back, and ${warning}`, remedy: files }]),
      {
        kind: 'choice',
        text: 'whoever may change containers through this Docker is root on its machine (docs/compose.md says how to narrow that)',
        remedy: 'see docs/compose.md',
      },
    ]
  } catch (error) {
    if (error instanceof NotAllowed)
      return [
        blocks(
          `cannot be rolled back: may not ${error.verb} ${error.resource}`,
          'let this process use that socket; docs/compose.md says what that means',
        ),
      ]
    if (error instanceof NoAnswer && /cannot be started/.test(error.message))
      return [
        blocks(
          `cannot be rolled back: ${error.message}`,
          'install Docker’s command and its Compose plugin beside Countermand, and see that the directory is there',
        ),
      ]
    throw error
  }
}

const blocks = (text: string, remedy: string): Shortcoming => ({ kind: 'blocks', text, remedy })
