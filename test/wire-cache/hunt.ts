import { AssertionError } from 'node:assert';
import { compare, Difference } from './equivalence.ts';

// `hunt.ts STEPS STRETCH SEED`: how many steps it takes until the servers differ, as a line of JSON.
const [most = 0, stretch = 1, first = 0] = process.argv.slice(2).map(Number);
process.stdout.write(`${JSON.stringify(await hunt())}\n`);
process.exit();

async function hunt(): Promise<{ steps: number; what: string | undefined; isOdd: boolean }> {
  for (let taken = 0; taken < most; taken += stretch) {
    try {
      await compare(stretch, first + taken / stretch);
    } catch (error) {
      if (!(error instanceof Difference)) throw error;
      const { cause, step, message } = error;
      if (message.includes('still not so')) throw error;
      // Else it is the replacement that is wrong.
      const isOdd = !(cause instanceof AssertionError || (cause as Error).message.startsWith('no reply'));
      return { steps: taken + step, what: message.split('\n')[0], isOdd };
    }
  }
  return { steps: most, what: undefined, isOdd: false };
}
