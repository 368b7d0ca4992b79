import {
  complexTypes,
  container,
  entitySet,
  entitySets,
  typeNamespace,
  type EntitySet,
  type Navigation,
  type Properties,
} from '../model';
import { qualified } from './serialize';
import type { ServiceFunction } from './set-rules';

/** The `$metadata` document, made from the tables (MC-CSDL 3.0 inside MC-EDMX 1.0). */
export function metadataDocument(functions: readonly ServiceFunction[]): string {
  const entities = entitySets.map(entityTypeElement);
  const complex = Object.entries(complexTypes).map(
    ([name, properties]) => `<ComplexType Name="${name}">${propertyElements(properties)}</ComplexType>`,
  );
  const associations = allNavigations().map(associationElement);
  const sets = entitySets.map(
    ({ name, type }) => `<EntitySet Name="${name}" EntityType="${typeNamespace}.${type}"/>`,
  );
  const associationSets = allNavigations().map(associationSetElement);
  return (
    '<?xml version="1.0" encoding="utf-8"?>' +
    '<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">' +
    '<edmx:DataServices m:DataServiceVersion="3.0" m:MaxDataServiceVersion="3.0" ' +
    'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">' +
    `<Schema Namespace="${typeNamespace}" xmlns="http://schemas.microsoft.com/ado/2009/11/edm">` +
    `${entities.join('')}${complex.join('')}${associations.join('')}</Schema>` +
    `<Schema Namespace="${container}" xmlns="http://schemas.microsoft.com/ado/2009/11/edm">` +
    `<EntityContainer Name="${container}" m:IsDefaultEntityContainer="true">` +
    `${sets.join('')}${associationSets.join('')}${functionElements(functions)}${actionElements()}</EntityContainer>` +
    '</Schema></edmx:DataServices></edmx:Edmx>'
  );
}

interface NavigationOf {
  readonly set: EntitySet;
  readonly name: string;
  readonly navigation: Navigation;
  readonly association: string;
}

function allNavigations(sets: readonly EntitySet[] = entitySets): NavigationOf[] {
  return sets.flatMap((set) =>
    Object.entries(set.navigation ?? {}).map(([name, navigation]) => ({
      set,
      name,
      navigation,
      association: `${set.type}_${name}`,
    })),
  );
}

function entityTypeElement(set: EntitySet): string {
  const { type, key, properties } = set;
  const navigations = allNavigations([set]).map(
    ({ name, association }) =>
      `<NavigationProperty Name="${name}" Relationship="${typeNamespace}.${association}" ` +
      `FromRole="${association}_Source" ToRole="${association}_Target"/>`,
  );
  return (
    `<EntityType Name="${type}"><Key><PropertyRef Name="${key}"/></Key>` +
    `${propertyElements(properties, key)}${navigations.join('')}</EntityType>`
  );
}

function propertyElements(properties: Properties, key?: string): string {
  return Object.entries(properties)
    .map(([name, { type }]) => {
      const nullable = name === key || type.startsWith('Collection(') ? ' Nullable="false"' : '';
      return `<Property Name="${name}" Type="${qualified(type)}"${nullable}/>`;
    })
    .join('');
}

function associationElement({ set, navigation, association }: NavigationOf): string {
  const target = entitySet(navigation.set).type;
  const many = 'key' in navigation ? '0..1' : '*';
  return (
    `<Association Name="${association}">` +
    `<End Type="${typeNamespace}.${set.type}" Role="${association}_Source" Multiplicity="*"/>` +
    `<End Type="${typeNamespace}.${target}" Role="${association}_Target" Multiplicity="${many}"/></Association>`
  );
}

function associationSetElement({ set, navigation, association }: NavigationOf): string {
  return (
    `<AssociationSet Name="${association}" Association="${typeNamespace}.${association}">` +
    `<End Role="${association}_Source" EntitySet="${set.name}"/>` +
    `<End Role="${association}_Target" EntitySet="${navigation.set}"/></AssociationSet>`
  );
}

function functionElements(functions: readonly ServiceFunction[]): string {
  return functions
    .map(({ name, parameters, returns }) => {
      const type = returns === undefined ? '' : ` ReturnType="${returns}"`;
      const inner = Object.entries(parameters).map(
        ([parameter, parameterType]) => `<Parameter Name="${parameter}" Type="${parameterType}"/>`,
      );
      return `<FunctionImport Name="${name}"${type} m:HttpMethod="GET">${inner.join('')}</FunctionImport>`;
    })
    .join('');
}

/** Actions have a side effect and are bound to one entity. */
function actionElements(): string {
  return entitySets
    .flatMap(({ actions = [], type }) =>
      actions.map(
        (name) =>
          `<FunctionImport Name="${name}" IsSideEffecting="true" IsBindable="true" m:IsAlwaysBindable="true">` +
          `<Parameter Name="bindingParameter" Type="${typeNamespace}.${type}"/></FunctionImport>`,
      ),
    )
    .join('');
}
