/** Where clouds are asked, and as whom, when it is not their own addresses and credentials: only a pretend world says so. */
export interface PretendClouds {
  readonly aws?: {
    readonly endpoint: string
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
    /** Between two looks at a deployment. */
    readonly lookEveryMs: number
    /** How long an answer is waited for. */
    readonly timeoutMs: number
  }
  readonly azure?: {
    readonly endpoint: string
    readonly token: string
    /** Between two looks at a change. */
    readonly lookEveryMs: number
    /** What a second of waiting takes. */
    readonly secondMs: number
  }
}
