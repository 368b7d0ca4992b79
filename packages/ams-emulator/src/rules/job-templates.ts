import { XMLParser } from 'fast-xml-parser';
import type { Account } from '../account';
import { sortMembers } from '../media/body';
import { badRequest, conflict, forbidden } from '../media/errors';
import { checkKey, linked, text } from '../media/rows';
import type { SetRules } from '../media/set-rules';
import { withDefaults } from '../media/values';
import { entitySet, type Row } from '../model';

/** Values of JobTemplate.TemplateType. */
const systemLevel = 0;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseAttributeValue: false,
  ignoreDeclaration: true,
  // The content of a task body is kept as text.
  stopNodes: ['*.taskBody'],
  isArray: (name) => name === 'taskBody',
});

interface TaskBodyElement {
  readonly '#text'?: string;
  readonly '@taskTemplateId'?: string;
}

/** The pieces of a JobTemplateBody: the id of a task template, and the content of its task body. */
function piecesOf(body: string): { readonly id: string; readonly inside: string }[] {
  let document: Readonly<Record<string, { taskBody?: TaskBodyElement[] } | string>>;
  try {
    document = parser.parse(body, true) as typeof document;
  } catch {
    throw badRequest('The JobTemplateBody is not well-formed XML.');
  }
  const elements = Object.values(document).flatMap((root) =>
    typeof root === 'object' ? (root.taskBody ?? []) : [],
  );
  const pieces = elements.flatMap(({ '@taskTemplateId': id, '#text': inside = '' }) =>
    id === undefined ? [] : [{ id, inside }],
  );
  if (pieces.length === 0) throw badRequest('The JobTemplateBody names no task template.');
  return pieces;
}

export const jobTemplateRules: SetRules = {
  create(account, row, { inline }) {
    if (row['TemplateType'] === systemLevel) throw forbidden('System templates cannot be created.');
    const set = entitySet('TaskTemplates');
    const templates = (inline['TaskTemplates'] ?? []).map((raw) => readTaskTemplate(account, raw));
    const ids = new Set(templates.map((template) => text(template, 'Id').toLowerCase()));
    for (const { id } of piecesOf(text(row, 'JobTemplateBody'))) {
      if (!ids.has(id.toLowerCase()))
        throw badRequest(`The JobTemplateBody names the unknown task template '${id.slice(0, 100)}'.`);
    }
    const now = account.clock.now();
    for (const template of templates) {
      const stored = { ...withDefaults(set.properties, template), Created: now, LastModified: now };
      account.store.insert('TaskTemplates', { ...stored, _jobTemplate: text(row, 'Id') });
    }
    return { row };
  },
  remove(account, row) {
    for (const template of account.store.related('TaskTemplates', '_jobTemplate', text(row, 'Id'))) {
      account.store.remove('TaskTemplates', text(template, 'Id'));
    }
    return {};
  },
};

function readTaskTemplate(account: Account, raw: Row): Row {
  const set = entitySet('TaskTemplates');
  const { values } = sortMembers(set, raw);
  for (const [name, property] of Object.entries(set.properties)) {
    if (property.required === true && (values[name] ?? null) === null) {
      throw badRequest(`The required property '${name}' is missing.`);
    }
  }
  checkKey(set, text(values, 'Id'));
  if (account.store.get('TaskTemplates', text(values, 'Id')) !== undefined) {
    throw conflict(`The TaskTemplate '${text(values, 'Id')}' already exists.`);
  }
  linked(account, 'MediaProcessors', text(values, 'MediaProcessorId'));
  return values;
}

/** The tasks that a job gets from its template, as if they had been written out. */
export function templateTasks(account: Account, templateId: string): Row[] {
  const template = linked(account, 'JobTemplates', templateId);
  return piecesOf(text(template, 'JobTemplateBody')).map(({ id, inside }) => {
    const task = linked(account, 'TaskTemplates', id);
    return {
      Name: task['Name'] ?? null,
      Configuration: task['Configuration'] ?? null,
      MediaProcessorId: task['MediaProcessorId'] ?? null,
      Options: task['Options'] ?? 0,
      TaskBody: `<?xml version="1.0" encoding="utf-8"?><taskBody>${inside}</taskBody>`,
    };
  });
}
