/** What ids are called, for whoever is looking. */
export function namesFor({ users, groups, channels, me, now, startedAt }) {
  return {
    user: (id) => users[id]?.name ?? id,
    group: (id) => groups[id]?.handle ?? id,
    channel: (id) => channels.find((one) => one.id === id)?.name ?? id,
    isMe: (id) => id === me,
    now: () => now + (performance.now() - startedAt),
    people: (typed) =>
      Object.values(users)
        .filter(({ name, realName }) =>
          `${name} ${realName}`.toLowerCase().includes(typed.toLowerCase()),
        )
        .map(({ id }) => id),
  }
}
