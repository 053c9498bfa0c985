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

export const invalid = (message: string): Refusal =>
  new Refusal('InvalidParameterException', message)
export const client = (message: string): Refusal => new Refusal('ClientException', message)
