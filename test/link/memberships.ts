import { readFileSync } from 'node:fs';

const GROUPS = { igmp: 'FB0000E0', igmp6: 'ff0200000000000000000000000000fb' } as const;

/** Interfaces that are members of the groups of mDNS where a process runs: `igmp eth0`, `igmp6 eth0`. */
export function groupMemberships(pid: string): string[] {
  const found: string[] = [];
  let name = '';
  for (const line of linesOf(pid, 'igmp')) {
    // An interface in a line of its own, its groups in lines after it.
    if (!line.startsWith('\t')) name = line.split(/[\s:]+/)[1]!;
    else if (line.includes(GROUPS.igmp)) found.push(`igmp ${name}`);
  }
  for (const line of linesOf(pid, 'igmp6')) {
    if (line.includes(GROUPS.igmp6)) found.push(`igmp6 ${line.split(/\s+/)[1]}`);
  }
  return found.sort();
}

function linesOf(pid: string, file: keyof typeof GROUPS): string[] {
  return readFileSync(`/proc/${pid}/net/${file}`, 'utf8').split('\n');
}
