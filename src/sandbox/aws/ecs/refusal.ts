import { account } from './new-service.ts'

/** What ECS answers when it does not do what is asked; the name stands in `__type`. */
export class Refusal extends Error {
  override readonly name: string
  readonly status: number
  constructor(name: string, message: string, status = 400) {
    super(message)
    this.name = name
    this.status = status
  }
}

export const notAuthorized = (action: string, resource = '*'): Refusal =>
  new Refusal(
    'AccessDeniedException',
    `User: arn:aws:sts::${account}:assumed-role/countermand/bot is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  )

export const invalid = (message: string): Refusal =>
  new Refusal('InvalidParameterException', message)
export const client = (message: string): Refusal => new Refusal('ClientException', message)
