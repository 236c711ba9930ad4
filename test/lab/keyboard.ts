// The keyboard and the screen of the virtual terminal that the user sits at: what programs ask there, and what is typed.
import type { Context } from './scenario.ts'

/** TIOCSTI of ioctl_tty(2): as if it had been typed. root may do it for any terminal. */
const keys = String.raw`open my $tty, '>', '/dev/tty1' or die; ioctl $tty, 0x5412, $_ or die "TIOCSTI: $!" for split //, "$ARGV[0]\n"`

/** Types a line, with Return. */
export const typeLine = async (ctx: Context, text: string): Promise<void> => {
  await ctx.must(['perl', '-e', keys, text])
}

/** What stands on the screen. Lines that were too long for one row are whole: all rows are one after the other, blanks and all. */
export const screen = async (ctx: Context): Promise<string> =>
  (await ctx.must(['cat', '/dev/vcs1'])).stdout.replace(/ {2,}/g, '\n').trim()

/** Empties the screen. */
export const wipe = async (ctx: Context): Promise<void> => {
  await ctx.must(['sh', '-c', String.raw`printf '\033c' >/dev/tty1`])
}

/** Waits until it stands there. Gives all that does. */
export const untilShown = (ctx: Context, what: RegExp): Promise<string> =>
  ctx.waitFor(
    `the terminal shows ${what}`,
    async () => {
      const text = await screen(ctx)
      return what.test(text) && text
    },
    120_000,
  )
