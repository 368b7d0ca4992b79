/**
 * Writes the API reference as HTML: the docstrings of the sources, with the example of each export and the rooms of
 * examples/ as chapters. `pnpm api-docs` runs it; a folder after it is where the pages go.
 *
 * typedoc's own way, `{@includeCode}`, wants a path into examples/ in each docstring, where nobody who copied the
 * sources could follow it.
 */
import { join } from 'node:path';
import type { Comment, ParameterReflection } from 'typedoc';
import { examples, rooms, type Example } from './read-examples';

async function main(out = join(__dirname, 'html')): Promise<void> {
  const typedoc = await import('typedoc');
  const app = await typedoc.Application.bootstrapWithPlugins({
    options: join(__dirname, 'typedoc.json'),
    out,
    categoryOrder: rooms,
  });

  app.converter.on(typedoc.Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    // Each entry point is a module of the project.
    for (const reflection of (project.children ?? []).flatMap(({ children = [] }) => children)) {
      for (const signature of reflection.signatures ?? []) signature.parameters?.forEach(nameParameter);
      const holders: { comment?: Comment }[] = reflection.signatures ?? [reflection];
      for (const holder of holders) {
        holder.comment ??= new typedoc.Comment();
        for (const example of examples.filter(({ names }) => names.includes(reflection.name)))
          addTo(holder.comment, example);
      }
    }
  });

  function addTo(comment: Comment, { room, text }: Example): void {
    comment.blockTags.push(
      new typedoc.CommentTag('@category', [{ kind: 'text', text: room }]),
      new typedoc.CommentTag('@example', [{ kind: 'code', text: `\`\`\`ts\n${text}\n\`\`\`` }]),
    );
  }

  const project = await app.convert();
  if (project) {
    app.validate(project);
    await app.generateOutputs(project);
  }
  const { logger } = app;
  if (!project || logger.hasErrors() || logger.hasWarnings()) process.exitCode = 1;
}

/** A parameter that is taken apart at once has no name of its own; it gets that of its type. */
function nameParameter(parameter: Pick<ParameterReflection, 'name' | 'type'>): void {
  if (parameter.name !== '__namedParameters') return;
  const type = String(parameter.type);
  parameter.name = /Options\b/.test(type) ? 'options' : type.charAt(0).toLowerCase() + type.slice(1);
}

void main(process.argv[2]);
