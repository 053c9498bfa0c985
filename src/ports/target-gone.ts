/** Whoever was asked answered that the target is not there; one that gives no answer, or a refusal, says nothing of that. The message is for people. */
export class TargetGone extends Error {
  override readonly name = 'TargetGone'
}
