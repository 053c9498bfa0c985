import { useState } from 'preact/hooks'

/** Which of the three first steps were followed: seen in the world where possible, else noticed as they are pressed. */
export function useSteps(state) {
  const [noted, setNoted] = useState({})
  const note = (step) => setNoted((before) => ({ ...before, [step]: true }))
  const { world, users, me } = state
  const isFailing = world?.services.some(({ errorRate }) => (errorRate ?? 0) >= 0.01) === true
  const asked = noted.asked === true || noted.approved === true || world?.incidents.length > 0
  return {
    steps: {
      broken: noted.broken === true || isFailing || asked,
      asked,
      approved: noted.approved === true,
    },
    shipped: () => note('broken'),
    sent: (words) => words.startsWith('/rollback ') && note('asked'),
    pressed: (element) =>
      /^approve/i.test(element.text?.text ?? '') &&
      users[me]?.role === 'onCall' &&
      note('approved'),
  }
}
