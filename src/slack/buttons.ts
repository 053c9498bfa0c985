import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { assessmentId, planDigest, promotionId, rollbackId, serviceId } from '#domain/ids.ts'
import type {
  AssessmentButtonKind,
  ButtonAction,
  PromotionButtonKind,
  Sign,
} from './views/index.ts'
import { assessmentButtons, buttonKinds, promotionButtonKinds } from './actions/kinds.ts'

/** Longest value Slack takes. */
const longest = 2_000

/** Makes button values, opaque to everybody else: what the button stands for, and a MAC over it. */
export function buttonSigner(secret: Uint8Array): Sign {
  const key = createSecretKey(secret)
  return (action) => {
    const subject = subjectOf(action)
    const digest = 'digest' in action ? action.digest : undefined
    const { kind, detail } = action
    const body = Buffer.from(JSON.stringify([kind, subject, digest ?? null, detail ?? null]))
    const text = body.toString('base64url')
    const value = `${text}.${macOf(key, text).toString('base64url')}`
    if (value.length > longest) throw new Error(`a button value is ${value.length} characters long`)
    return value
  }
}

/** What a pressed button stands for; `undefined` when it is none of ours (threat T019). */
export function buttonReader(secret: Uint8Array): (value: string) => ButtonAction | undefined {
  const key = createSecretKey(secret)
  return (value) => {
    const [text = '', mac = '', ...more] = value.split('.')
    const claimed = Buffer.from(mac, 'base64url')
    const right = macOf(key, text)
    if (more.length > 0 || claimed.length !== right.length || !timingSafeEqual(claimed, right))
      return undefined
    const { data } = Body.safeParse(parsed(text))
    if (!data) return undefined
    const [kind, subject, digest, detail] = data
    if (kind === 'start-rollback')
      return { kind, service: serviceId(subject), ...(detail === null ? {} : { detail }) }
    if (isAssessments(kind))
      return {
        kind,
        assessment: assessmentId(subject),
        ...(detail === null ? {} : { detail }),
      }
    const carried = {
      ...(digest === null ? {} : { digest: planDigest(digest) }),
      ...(detail === null ? {} : { detail }),
    }
    return isPromotions(kind)
      ? { kind, promotion: promotionId(subject), ...carried }
      : { kind, rollback: rollbackId(subject), ...carried }
  }
}

function subjectOf(action: ButtonAction): string {
  if ('service' in action) return action.service
  if ('promotion' in action) return action.promotion
  return 'assessment' in action ? action.assessment : action.rollback
}

const isPromotions = (kind: ButtonAction['kind']): kind is PromotionButtonKind =>
  promotionButtonKinds.some((one) => one === kind)

const isAssessments = (kind: ButtonAction['kind']): kind is AssessmentButtonKind =>
  assessmentButtons.some((one) => one === kind)

const Body = z.tuple([
  z.enum([...buttonKinds, ...assessmentButtons, ...promotionButtonKinds, 'start-rollback']),
  z.string(),
  z.string().nullable(),
  z.string().nullable(),
])

const macOf = (key: KeyObject, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest().subarray(0, 16)

function parsed(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
