import { versionOf } from '#domain/configuration/decide-review.ts'
import { configurationState } from '#domain/configuration/state.ts'
import { theConfiguration } from '#domain/ids.ts'
import type { Timeline } from '#ports/store.ts'

/** Says so where what is decided here would follow another file than the server was started with: it may know other people and roles. */
export async function tellOfOtherConfiguration(
  timeline: Pick<Timeline, 'read'>,
  hash: string,
  tell: (text: string) => void,
): Promise<void> {
  const known = configurationState(await timeline.read(theConfiguration))
  if (!known || known.hash === hash) return
  tell(
    `This terminal reads another configuration (version ${versionOf(hash)}) than the server was last started with (version ${versionOf(known.hash)}): who holds which role is as this file says, so take the server’s own unless you know why they differ.`,
  )
}
