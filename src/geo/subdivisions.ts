/** A first-level subdivision of a country (ISO 3166-2). */
export interface Subdivision {
  /** Without the country: `CA` of `US-CA`. */
  readonly code: string;
  /** [latitude, longitude] in degrees of its middle, to about half a degree. */
  readonly coordinates: readonly [number, number];
}

/** The subdivision with this code, of a country whose subdivisions are known here: CA, CN, US. */
export function subdivisionByCode(country: string, code: string): Subdivision | undefined {
  return TABLES.get(country)?.byCode.get(code);
}

/**
 * The subdivision with this English name, as databases without codes give it.
 * @param name in any case
 */
export function subdivisionByName(country: string, name: string): Subdivision | undefined {
  return TABLES.get(country)?.byName.get(name.toLowerCase());
}

/** Code, latitude, longitude, English name: of the countries whose subdivisions octoDNS knows, and of China. */
const ROWS: Readonly<Record<string, string>> = {
  CA: `
    AB 54.5 -114.5 Alberta
    BC 53.7 -124.5 British Columbia
    MB 53.8 -97.5 Manitoba
    NB 46.5 -66.3 New Brunswick
    NL 52.5 -58.5 Newfoundland and Labrador
    NS 45.0 -63.0 Nova Scotia
    NT 64.5 -119.0 Northwest Territories
    NU 68.0 -90.0 Nunavut
    ON 49.5 -84.5 Ontario
    PE 46.4 -63.2 Prince Edward Island
    QC 49.5 -71.5 Quebec
    SK 54.0 -106.0 Saskatchewan
    YT 63.0 -135.5 Yukon`,
  CN: `
    AH 31.8 117.2 Anhui
    BJ 39.9 116.4 Beijing
    CQ 29.6 106.9 Chongqing
    FJ 26.0 118.0 Fujian
    GD 23.3 113.4 Guangdong
    GS 36.0 103.8 Gansu
    GX 23.6 108.8 Guangxi
    GZ 26.8 106.8 Guizhou
    HA 34.0 113.6 Henan
    HB 30.8 112.3 Hubei
    HE 38.5 115.0 Hebei
    HI 19.3 109.8 Hainan
    HK 22.3 114.2 Hong Kong
    HL 47.0 128.0 Heilongjiang
    HN 27.8 111.9 Hunan
    JL 43.7 126.3 Jilin
    JS 32.6 119.8 Jiangsu
    JX 27.6 115.7 Jiangxi
    LN 41.3 122.8 Liaoning
    MO 22.2 113.5 Macau
    NM 42.0 113.0 Inner Mongolia
    NX 37.5 106.2 Ningxia
    QH 36.0 97.5 Qinghai
    SC 30.5 103.5 Sichuan
    SD 36.3 118.3 Shandong
    SH 31.2 121.5 Shanghai
    SN 34.8 108.9 Shaanxi
    SX 37.5 112.3 Shanxi
    TJ 39.2 117.3 Tianjin
    TW 23.7 121.0 Taiwan
    XJ 42.0 86.0 Xinjiang
    XZ 30.5 89.0 Tibet
    YN 25.0 101.8 Yunnan
    ZJ 29.2 120.2 Zhejiang`,
  US: `
    AK 62.5 -150.5 Alaska
    AL 32.8 -86.8 Alabama
    AR 34.8 -92.4 Arkansas
    AS -14.3 -170.7 American Samoa
    AZ 33.8 -111.8 Arizona
    CA 36.0 -119.5 California
    CO 39.3 -105.2 Colorado
    CT 41.6 -72.7 Connecticut
    DC 38.9 -77.0 District of Columbia
    DE 39.1 -75.5 Delaware
    FL 28.0 -82.0 Florida
    GA 33.2 -83.8 Georgia
    GU 13.4 144.8 Guam
    HI 21.1 -157.5 Hawaii
    IA 42.0 -93.3 Iowa
    ID 44.2 -114.8 Idaho
    IL 40.8 -88.8 Illinois
    IN 40.0 -86.2 Indiana
    KS 38.5 -97.2 Kansas
    KY 37.8 -85.3 Kentucky
    LA 30.8 -91.5 Louisiana
    MA 42.3 -71.5 Massachusetts
    MD 39.1 -76.8 Maryland
    ME 44.6 -69.6 Maine
    MI 43.0 -84.6 Michigan
    MN 45.3 -94.0 Minnesota
    MO 38.5 -92.3 Missouri
    MP 15.2 145.8 Northern Mariana Islands
    MS 32.6 -89.7 Mississippi
    MT 46.8 -110.0 Montana
    NC 35.6 -79.6 North Carolina
    ND 47.4 -99.5 North Dakota
    NE 41.2 -98.2 Nebraska
    NH 43.3 -71.5 New Hampshire
    NJ 40.4 -74.4 New Jersey
    NM 34.8 -106.4 New Mexico
    NV 37.5 -116.3 Nevada
    NY 41.5 -74.8 New York
    OH 40.3 -82.8 Ohio
    OK 35.6 -97.0 Oklahoma
    OR 44.6 -122.3 Oregon
    PA 40.6 -77.0 Pennsylvania
    PR 18.2 -66.4 Puerto Rico
    RI 41.7 -71.5 Rhode Island
    SC 34.0 -81.0 South Carolina
    SD 44.0 -99.0 South Dakota
    TN 35.8 -86.4 Tennessee
    TX 31.0 -97.6 Texas
    UM 19.3 166.6 United States Minor Outlying Islands
    UT 40.4 -111.9 Utah
    VA 37.8 -78.0 Virginia
    VI 18.0 -64.8 Virgin Islands
    VT 44.0 -72.7 Vermont
    WA 47.4 -121.5 Washington
    WI 44.0 -89.6 Wisconsin
    WV 38.8 -80.6 West Virginia
    WY 42.8 -107.4 Wyoming`,
};

/** Other names that databases use, each with the code. */
const OTHER_NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CA: { québec: 'QC', 'yukon territory': 'YT' },
  CN: {
    'inner mongolia autonomous region': 'NM',
    'nei mongol': 'NM',
    'guangxi zhuang autonomous region': 'GX',
    'ningxia hui autonomous region': 'NX',
    'tibet autonomous region': 'XZ',
    xizang: 'XZ',
    macao: 'MO',
  },
  US: { 'washington, d.c.': 'DC', 'washington d.c.': 'DC' },
};

interface CountryTable {
  readonly byCode: ReadonlyMap<string, Subdivision>;
  readonly byName: ReadonlyMap<string, Subdivision>;
}

const TABLES: ReadonlyMap<string, CountryTable> = new Map(
  Object.entries(ROWS).map(([country, rows]) => [country, readRows(rows, OTHER_NAMES[country] ?? {})]),
);

function readRows(rows: string, otherNames: Readonly<Record<string, string>>): CountryTable {
  const byCode = new Map<string, Subdivision>();
  const byName = new Map<string, Subdivision>();
  for (const row of rows.trim().split('\n')) {
    const [code = '', latitude, longitude, ...name] = row.trim().split(' ');
    const subdivision: Subdivision = { code, coordinates: [Number(latitude), Number(longitude)] };
    byCode.set(code, subdivision);
    byName.set(name.join(' ').toLowerCase(), subdivision);
  }
  for (const [name, code] of Object.entries(otherNames)) {
    const subdivision = byCode.get(code);
    if (subdivision !== undefined) byName.set(name, subdivision);
  }
  return { byCode, byName };
}
