// How the demo talks: what happens, what was seen, what must hold.

export interface Story {
  tell(text: string): void
  show(what: string, facts: Record<string, unknown>): void
  /** Says that it holds; throws when it does not. */
  expect(what: string, holds: boolean): void
  /** Throws when it does not hold, says nothing otherwise. */
  quietly(what: string, holds: boolean): void
}

/** A story told line by line. */
export const storyTo = (print: (line: string) => void): Story => {
  const quietly = (what: string, holds: boolean): void => {
    if (!holds) throw new Error(`this does not hold: ${what}`)
  }
  return {
    tell: (text) => print(`→ ${text}`),
    show: (what, facts) => {
      const words = Object.entries(facts).map(([key, value]) => `${key}: ${value}`)
      print(`  ${what}: ${words.join(', ')}`)
    },
    expect: (what, holds) => {
      quietly(what, holds)
      print(`  ✓ ${what}`)
    },
    quietly,
  }
}
