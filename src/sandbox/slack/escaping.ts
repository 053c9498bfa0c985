import type { Workspace } from './workspace.ts'

/** What Slack sends for typed words: `&`, `<`, `>` as entities, known people, channels and addresses as references. */
export function escaped(typed: string, { people, groups, rooms }: Workspace): string {
  const byName = new Map([...people.values()].map(({ name, id }) => [name, id]))
  const groupByHandle = new Map([...groups.values()].map(({ handle, id }) => [handle, id]))
  const roomByName = new Map([...rooms.values()].map(({ name, id }) => [name, id]))
  return typed
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/(?<![\w/])@([\p{L}\d._-]+)/gu, (whole, name: string) => {
      const person = byName.get(name)
      if (person) return `<@${person}|${name}>`
      const group = groupByHandle.get(name)
      return group ? `<!subteam^${group}|@${name}>` : whole
    })
    .replaceAll(/(?<![\w/&])#([\p{L}\d_-]+)/gu, (whole, name: string) => {
      const room = roomByName.get(name)
      return room ? `<#${room}|${name}>` : whole
    })
    .replaceAll(/(?<![\w<|])https?:\/\/[^\s<>|]+/g, (url) => `<${url}>`)
}
