import { TargetGone } from '#ports/target-gone.ts'

/** What `look` finds. Where it fails, and `missing` names what is not there any more, throws `TargetGone`; without an answer to that, what it failed with. */
export async function unlessGone<Found>(
  look: Promise<Found>,
  missing: () => Promise<string | undefined>,
): Promise<Found> {
  try {
    return await look
  } catch (error) {
    const title = await missing().catch(() => undefined)
    if (title === undefined) throw error
    throw new TargetGone(`${title} is gone`, { cause: error })
  }
}
