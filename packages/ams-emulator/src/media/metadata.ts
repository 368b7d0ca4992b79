import { complexTypes, container, entitySets, typeNamespace, type Properties } from '../model';
import { qualified } from './serialize';

/** The `$metadata` document (EDMX 1.0, CSDL 3.0), made from the tables. */
export function metadataDocument(): string {
  const complex = Object.entries(complexTypes).map(
    ([name, properties]) => `<ComplexType Name="${name}">${propertyElements(properties)}</ComplexType>`,
  );
  const entities = entitySets.map(
    ({ type, key, properties }) =>
      `<EntityType Name="${type}"><Key><PropertyRef Name="${key}"/></Key>${propertyElements(properties, key)}</EntityType>`,
  );
  const sets = entitySets.map(
    ({ name, type }) => `<EntitySet Name="${name}" EntityType="${typeNamespace}.${type}"/>`,
  );
  return (
    '<?xml version="1.0" encoding="utf-8"?>' +
    '<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">' +
    '<edmx:DataServices m:DataServiceVersion="3.0" m:MaxDataServiceVersion="3.0" ' +
    'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">' +
    `<Schema Namespace="${typeNamespace}" xmlns="http://schemas.microsoft.com/ado/2009/11/edm">` +
    `${entities.join('')}${complex.join('')}</Schema>` +
    `<Schema Namespace="${container}" xmlns="http://schemas.microsoft.com/ado/2009/11/edm">` +
    `<EntityContainer Name="${container}" m:IsDefaultEntityContainer="true">${sets.join('')}</EntityContainer>` +
    '</Schema></edmx:DataServices></edmx:Edmx>'
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
