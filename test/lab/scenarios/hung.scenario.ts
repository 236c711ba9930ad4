import {
  bytes,
  eject,
  enginePid,
  insert,
  journalSince,
  noDevice,
  noKernelErrors,
  now,
  profileFor,
  sumOf,
  unitProperty,
  untilLetGo,
  untilMounted,
  where,
  write,
} from '../life.ts'
import { patient } from '../patience.ts'
import { type Context, scenario } from '../scenario.ts'
import type { Place } from '../stand.ts'

const unit = 'pktw@sr0.service'
const patience = 300_000
/** What docs/engine.md promises: writers go on. */
const promisedMs = 100_000

/** The engine neither works nor dies from now on; gives its number. */
async function hang(ctx: Context): Promise<string> {
  const pid = await ctx.waitFor(
    'a unit that is up',
    async () => ((await unitProperty(ctx, unit, 'ActiveState')) === 'active' ? enginePid(ctx) : undefined),
    patience,
  )
  await ctx.must(['kill', '-STOP', pid])
  return pid
}

/** Writes files and fsyncs them until it is told that it is enough; ends with the first thing that fails. */
const writer = `
mkdir -p /var/tmp/lab-sums; i=0
while [ ! -e /run/lab-enough ]; do
  i=$((i + 1)); f=w$((i % 12))
  head -c 150000 /dev/urandom >/run/lab-data
  dd if=/run/lab-data of=${where}/$f bs=16k conv=fsync status=none
  sha256sum </run/lab-data >/var/tmp/lab-sums/$f
  echo $i >/run/lab-written
done`

const written = async (ctx: Context): Promise<number> =>
  Number((await ctx.guest.exec(['cat', '/run/lab-written'])).stdout)

async function underLoad(ctx: Context): Promise<void> {
  const since = await now(ctx)
  await ctx.must(['systemd-run', '--unit=lab-writer', '--remain-after-exit', 'sh', '-ec', writer])
  await ctx.waitFor('the writer is at work', async () => (await written(ctx)) > 5, patience)
  const pid = await hang(ctx)
  const began = performance.now()
  // What was under way when the engine stopped may still end.
  await ctx.must(['sleep', '2'])
  const before = await written(ctx)
  await ctx.waitFor('the writer goes on', async () => (await written(ctx)) > before + 1, patience)
  const took = performance.now() - began
  ctx.time('engine stopped until the writer goes on', took)
  ctx.check('the writer goes on within 100 s', took <= patient(promisedMs), `${Math.round(took / 1000)} s`)
  ctx.check('another engine serves', (await enginePid(ctx)) !== pid, await enginePid(ctx))
  await ctx.must(['touch', '/run/lab-enough'])
  const verdict = await ctx.waitFor(
    'the writer ends',
    async () => {
      const state = await unitProperty(ctx, 'lab-writer', 'SubState')
      return state === 'running' ? undefined : `${state} ${await unitProperty(ctx, 'lab-writer', 'Result')}`
    },
    patience,
  )
  ctx.check('the writer saw no error', verdict === 'exited success', verdict)
  await ctx.must(['systemctl', 'stop', 'lab-writer'])
  const said = await journalSince(ctx, since)
  ctx.check(
    'systemd says that it was the watchdog',
    /pktw@sr0\.service: Watchdog timeout/.test(said),
    said.split('\n').filter((line) => /atchdog/.test(line)),
  )
  await noKernelErrors(ctx, since, 'a stopped engine')
}

/** Every file of the writer as it knew it. */
async function compare(ctx: Context): Promise<void> {
  const script = `cd /var/tmp/lab-sums; n=0; for f in *; do sha256sum <${where}/$f | cmp - $f; n=$((n + 1)); done; echo $n`
  const { code, stdout, stderr } = await ctx.guest.exec(['sh', '-ec', script], { timeoutMs: patience })
  ctx.check('not a byte of the writer is lost', code === 0 && Number(stdout) > 0, `${stdout}${stderr}`)
}

/** Written, and nothing asked for it to be on the disc: it is in the page cache. Gives its checksum. */
const unsynced = (ctx: Context, name: string): Promise<string> =>
  write(ctx, `${where}/${name}`, bytes(name, 400_000))

async function buttonOf(ctx: Context, place: Place): Promise<void> {
  const since = await now(ctx)
  const sum = await unsynced(ctx, 'button')
  await hang(ctx)
  const began = performance.now()
  await eject(ctx, place)
  ctx.time('button with a stopped engine until the tray is out', performance.now() - began)
  const said = await journalSince(ctx, since)
  ctx.check(
    'the journal says why it took so long',
    /engine of sr0 hangs \(no answer within 10 s\)/.test(said),
    said.split('\n').filter((line) => /hang/.test(line)),
  )
  ctx.check(
    'nobody is said to use the disc',
    !/has ended meanwhile/.test(said),
    said.split('\n').filter((line) => /in use/.test(line)),
  )
  await noKernelErrors(ctx, since, 'button')
  place.drive.closeTray()
  await untilMounted(ctx)
  const seen = await sumOf(ctx, `${where}/button`)
  ctx.check('button: what only the page cache had is on the disc', seen === sum, seen)
}

async function stopOf(ctx: Context, place: Place): Promise<void> {
  const since = await now(ctx)
  const sum = await unsynced(ctx, 'stop')
  await hang(ctx)
  const began = performance.now()
  await ctx.must(['systemctl', 'stop', unit], { timeoutMs: patience })
  ctx.time('systemctl stop with a stopped engine', performance.now() - began)
  await untilLetGo(ctx)
  await noDevice(ctx, 'stop')
  const state = `${await unitProperty(ctx, unit, 'ActiveState')} ${await unitProperty(ctx, unit, 'Result')}`
  ctx.check('stop: the unit did not fail', state === 'inactive success', state)
  const spare = await unitProperty(ctx, 'pktw-spare@sr0.service', 'ActiveState')
  ctx.check('stop: the engine in its place has ended', spare === 'inactive', spare)
  await noKernelErrors(ctx, since, 'stop')
  place.drive.pressEject()
  await ctx.waitFor('the tray is out', async () => place.drive.trayOpen, patience)
  place.drive.closeTray()
  await untilMounted(ctx)
  const seen = await sumOf(ctx, `${where}/stop`)
  ctx.check('stop: what only the page cache had is on the disc', seen === sum, seen)
}

/** A WRITE that the drive does not answer until the kernel resets it, a minute later. */
async function hangingDrive(ctx: Context, place: Place): Promise<void> {
  const since = await now(ctx)
  const sum = await unsynced(ctx, 'late')
  place.drive.faults.failCommand(0x2a, 'hang', 1)
  await eject(ctx, place)
  const said = await journalSince(ctx, since)
  ctx.check(
    'one press was enough',
    /sr0 is open, everything is on the disc/.test(said),
    said.split('\n').filter((line) => /sr0/.test(line)),
  )
  place.drive.closeTray()
  await untilMounted(ctx)
  const seen = await sumOf(ctx, `${where}/late`)
  ctx.check('a drive that hangs: everything is on the disc', seen === sum, seen)
  await eject(ctx, place)
}

export default scenario({
  describe:
    'the engine hangs: writers go on with the next one, button and stop end it, and nothing is lost; one press outlasts a hanging drive',
  media: ['dvd+rw'],
  run: async (ctx) => {
    await ctx.login()
    await ctx.must(['rm', '-rf', '/run/lab-enough', '/run/lab-written', '/var/tmp/lab-sums'])
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    await underLoad(ctx)
    await eject(ctx, place)
    place.drive.closeTray()
    await untilMounted(ctx)
    await compare(ctx)
    await buttonOf(ctx, place)
    await stopOf(ctx, place)
    await hangingDrive(ctx, place)
  },
})
