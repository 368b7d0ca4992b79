/** The command `ams` for a shell, with completions made from the command table. */
import type { Command } from 'commander';
import { join } from 'node:path';
import type { World } from '../context';
import { UsageError } from '../errors';

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly { readonly flag: string; readonly summary: string }[];
}

const SHELLS: Readonly<Record<string, (name: string, entries: readonly Entry[]) => string>> = {
  bash,
  zsh,
  fish,
};
const LAUNCHER = join(__dirname, '..', 'bin', 'ams.js');

/** @throws UsageError for another shell. */
export function completion(shell: string, world: World, program: Command): Promise<undefined> {
  const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (!script)
    throw new UsageError(
      `There are no completions for ${shell}. There are some for ${Object.keys(SHELLS).join(', ')}.`,
    );
  const entries = program.commands.map((command) => ({
    name: command.name(),
    summary: command.description(),
    flags: [...command.options, ...program.options].flatMap((option) =>
      option.long ? [{ flag: option.long, summary: option.description }] : [],
    ),
  }));
  const print = `${world.command} completion ${shell}`;
  // The bash 3.2 of macOS reads nothing by `source <(…)`; an interactive zsh takes no comments in `eval`.
  const load =
    shell === 'bash' ? `eval "$(${print})"` : shell === 'zsh' ? `source <(${print})` : `${print} | source`;
  const use = `# Makes ams a command of this shell, in any folder. Type: ${load}`;
  world.stdout.write(
    `${shell === 'zsh' ? `#compdef ${program.name()}\n` : ''}${use}\n${script(program.name(), entries)}`,
  );
  return Promise.resolve(undefined);
}

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

function bash(name: string, entries: readonly Entry[]): string {
  const cases = entries.map(
    ({ name: command, flags }) => `    ${command}) words="${flags.map(({ flag }) => flag).join(' ')}" ;;`,
  );
  return `${name}() { node ${quote(LAUNCHER)} "$@"; }
_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) words="${entries.map(({ name: command }) => command).join(' ')}" ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${entries.map(({ name: command }) => command).join(' ')}"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${name} ${name}
`;
}

function zsh(name: string, entries: readonly Entry[]): string {
  const commands = entries.map(({ name: command, summary }) => `    '${command}:${plain(summary)}'`);
  const cases = entries.map(
    ({ name: command, flags }) =>
      `    ${command}) _arguments ${flags.map(({ flag, summary }) => `'${flag}[${plain(summary)}]'`).join(' ')} '*:file:_files' ;;`,
  );
  return `${name}() { node ${quote(LAUNCHER)} "$@"; }
_${name}() {
  local -a commands=(
${commands.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case "$words[2]" in
${cases.join('\n')}
  esac
}
compdef _${name} ${name}
`;
}

function fish(name: string, entries: readonly Entry[]): string {
  const lines = entries.flatMap(({ name: command, summary, flags }) => [
    `complete -c ${name} -n __fish_use_subcommand -a ${command} -d '${plain(summary)}'`,
    ...flags.map(
      ({ flag, summary: what }) =>
        `complete -c ${name} -n '__fish_seen_subcommand_from ${command}' -l ${flag.slice(2)} -d '${plain(what)}'`,
    ),
  ]);
  return `function ${name}; node '${LAUNCHER.replace(/[\\']/g, '\\$&')}' $argv; end\n${lines.join('\n')}\n`;
}

/** Fit for single quotes and for the brackets of zsh. */
function plain(text: string): string {
  return text.replace(/:/g, ',').replace(/['[\]\\]/g, '');
}
