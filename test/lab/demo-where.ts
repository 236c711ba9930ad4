// Where the demo plays: in a guest, or in this process where no guest can be had.
import type { Story } from './demo-story.ts'

/** A place to play, and what cleans it up. */
export interface Place {
  play(story: Story): Promise<void>
  close(): Promise<void>
}

export interface Places {
  /** Opens a guest; rejects where none can be had, whatever the reason. Absent: none is wanted. */
  guest: (() => Promise<Place>) | undefined
  inProcess(story: Story): Promise<void>
  /** Gets the reason why there is no guest. */
  complain(why: string): void
}

/** Rejects when something in the demo does not hold. A guest that cannot be had is no failure: the reason is reported. */
export const playSomewhere = async (story: Story, { guest, inProcess, complain }: Places): Promise<void> => {
  const place = await guest?.().catch((error: unknown) => {
    complain(error instanceof Error ? error.message : String(error))
    return undefined
  })
  if (place === undefined) {
    story.tell(
      'Without a virtual machine: the same decisions and the same engine, against the drive in this process.',
    )
    await inProcess(story)
    return
  }
  try {
    await place.play(story)
  } finally {
    await place.close()
  }
}
