import { EventEmitter } from 'node:events'
import type { Pool, PoolClient } from 'pg'

type Given = (error: Error | undefined, client: PoolClient | undefined, release: () => void) => void

/** Listens for all lanes. */
export interface OneListener {
  /** As `Pool.connect`, for whoever listens and asks nothing else. */
  connect(given: Given): void
}

interface Line {
  join(): { readonly client: EventEmitter; leave(): void }
}

/**
 * One connection that listens in the name of all: word of new work wakes the database and this process once, however many lanes there
 * are. When it is lost, each is told as if it had been its own, and asks for another; the first that asks opens it.
 */
export function oneListener(pool: Pool): OneListener {
  let current: Promise<Line> | undefined

  const open = async (onEnd: () => void): Promise<Line> => {
    const real = await pool.connect()
    const members = new Set<EventEmitter>()
    let listening: Promise<unknown> | undefined
    let isOver = false
    const tell = (message: unknown) => {
      for (const member of members) member.emit('notification', message)
    }
    const end = (error?: Error) => {
      if (isOver) return
      isOver = true
      onEnd()
      real.off('notification', tell)
      real.off('error', end)
      // It still listens: nobody else is given it.
      real.release(true)
      for (const member of members) member.emit('error', error)
    }
    real.on('notification', tell)
    real.on('error', end)
    return {
      join() {
        const member = new EventEmitter()
        members.add(member)
        const query = async (text: string) =>
          text.startsWith('LISTEN') ? (listening ??= real.query(text)) : undefined
        return {
          client: Object.assign(member, { query }),
          leave() {
            members.delete(member)
            if (members.size === 0) end()
          },
        }
      },
    }
  }
  const line = (): Promise<Line> => {
    if (current) return current
    const mine = open(() => {
      if (current === mine) current = undefined
    })
    mine.catch(() => {
      if (current === mine) current = undefined
    })
    current = mine
    return mine
  }

  return {
    connect(given) {
      line().then(
        (found) => {
          const { client, leave } = found.join()
          given(undefined, client as unknown as PoolClient, leave)
        },
        (error: Error) => given(error, undefined, () => undefined),
      )
    },
  }
}
