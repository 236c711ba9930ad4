import { atSeat } from '../desktop.ts'
import { bytes, insert, mountedAt, profileFor, untilMounted, where, write } from '../life.ts'
import type { Ran } from '../qemu.ts'
import { scenario } from '../scenario.ts'

const drive = ['org.pktw.Pktw1', '/org/pktw/Pktw1/drives/sr0', 'org.pktw.Pktw1.Drive']
const call = (method: string): string => `busctl --timeout=600 call ${drive.join(' ')} ${method}`
const patience = 300_000

/** VT_ACTIVATE of ioctl_vt(2), as chvt(1) does it, which is in a package of its own. */
const chvt = (terminal: number): string[] => [
  'perl',
  '-e',
  `open my $tty, '+<', '/dev/tty0' or die; ioctl $tty, 0x5606, ${terminal} or die "VT_ACTIVATE: $!"`,
]

export default scenario({
  describe:
    'over the bus: who is at the seat needs no password, who is not gets nothing; the service ends by itself',
  run: async (ctx) => {
    await ctx.must(['useradd', '--create-home', '--shell', '/bin/sh', 'bob'])
    await ctx.login()
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    const property = async (name: string): Promise<string> =>
      (await ctx.must(['busctl', 'get-property', ...drive, name], { timeoutMs: patience })).stdout.trim()
    const bob = (line: string): Promise<Ran> =>
      ctx.guest.exec(['runuser', '-l', 'bob', '-c', line], { timeoutMs: patience })
    const hand = async (line: string, wanted = 0): Promise<string> => {
      const { code, output } = await atSeat(ctx.guest, line)
      ctx.check(`alice: ${line} ends with ${wanted}`, code === wanted, output)
      return output
    }
    const mounted = async () => (await mountedAt(ctx)) !== undefined

    // Started by the first call.
    ctx.check('the disc is ready', (await property('State')) === 's "ready"', await property('State'))
    ctx.check('its name', (await property('Label')) === 's "LAB"', await property('Label'))
    ctx.check('it is mounted', (await property('MountPoints')).includes(where), await property('MountPoints'))
    const tree = (await bob('busctl tree org.pktw.Pktw1')).stdout
    ctx.check('bob may look', tree.includes('/drives/sr0'), tree)
    const { stdout: security } = await ctx.must(['systemd-analyze', 'security', 'pktwd.service'])
    const exposure = Number(/exposure level for pktwd\.service: ([0-9.]+)/.exec(security)?.[1] ?? 99)
    ctx.check('systemd-analyze security is 2.5 at most', exposure <= 2.5, exposure)
    const { stdout: memory } = await ctx.must(['systemctl', 'show', 'pktwd', '--property=MemoryCurrent'])
    ctx.check('it needs less than 100 MiB', Number(memory.split('=')[1]) < 100 * 1024 ** 2, memory)

    // Over the network, so to speak: a session without a seat.
    for (const method of ['Unmount', 'Unmap', 'Eject']) {
      const { code, stderr } = await bob(call(method))
      ctx.check(`bob may not: ${method}`, code !== 0 && stderr.includes('you may not do this'), stderr)
    }
    const refused = await bob('pktw eject sr0 </dev/null')
    ctx.check('bob may not: pktw eject', refused.code === 1, refused.stderr)
    ctx.check('the message has the next step', refused.stderr.includes('desktop session'), refused.stderr)
    const direct = await bob('systemctl --no-ask-password stop pktw@sr0.service')
    ctx.check('nor past the service', direct.code !== 0, direct.stderr)
    ctx.check('the disc is mounted all the same', await mounted(), await mountedAt(ctx))

    // At the seat, but somebody else's turn.
    await ctx.must(chvt(5))
    const inactive = async () =>
      (await ctx.must(['loginctl', 'show-seat', 'seat0', '--property=ActiveSession'])).stdout.trim() ===
      'ActiveSession='
    await ctx.waitFor('nobody is in front of the seat', inactive, 60_000)
    const away = await hand(call('Unmount'), 1)
    ctx.check('alice may not while she is away', away.includes('you may not do this'), away)
    await ctx.must(chvt(1))
    await ctx.waitFor('alice is back', async () => !(await inactive()), 60_000)

    await write(ctx, `${where}/hers`, bytes('hers', 300_000))
    const busy = await hand(`cd ${where} && ${call('Unmount')}`, 1)
    ctx.check('who is in the way is named', /stays mounted: \S+ \(process \d+\)/.test(busy), busy)
    await hand(call('Unmount'))
    ctx.check('unmounted', !(await mounted()), await mountedAt(ctx))
    await hand(call('Mount'))
    ctx.check('mounted again', await mounted(), await mountedAt(ctx))
    await hand(call('Unmap'))
    ctx.check('unmapped', (await property('BlockDevice')) === 's ""', await property('BlockDevice'))
    const mapped = await hand(call('Map'))
    ctx.check('mapped again', /s "\/dev\/nbd[0-9]+"/.test(mapped), mapped)
    await untilMounted(ctx)
    await hand('pktw umount')
    await hand('pktw mount')
    ctx.check('by pktw as well', await mounted(), await mountedAt(ctx))
    await hand(call('Eject'))
    await ctx.waitFor('the tray is out', async () => place.drive.trayOpen, 60_000)
    // The kernel looks at the tray every two seconds.
    await ctx.waitFor('the drive is empty', async () => (await property('State')) === 's "empty"', patience)

    const state = async (): Promise<string> =>
      (await ctx.guest.exec(['systemctl', 'is-active', 'pktwd.service'])).stdout.trim()
    await ctx.waitFor('the service ends by itself', async () => (await state()) === 'inactive', patience)
    ctx.check('and is there for the next call', (await property('Service')) === 's "inactive"', await state())
  },
})
