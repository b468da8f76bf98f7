import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folderListing } from '#lib/util/folder-listing.ts'

export const KAFKA_VERSION = '4.4.0'
const SCALA_VERSION = '2.13'
/** The broker brings log4j but not the piece that its own log calls go through: without it, it dies without a word. */
const LOG4J_VERSION = '2.25.5'

/** One download serves every data folder, tests' temporary ones included. */
const FOLDER = fileURLToPath(new URL(`../../../.switchboard/kafka-${KAFKA_VERSION}/`, import.meta.url))
export const LIBS_FOLDER = join(FOLDER, 'libs')
export const LIBS_STAMP = join(FOLDER, 'libs.json')
export const POM_PATH = join(FOLDER, 'pom.xml')
const MAIN_JAR = `kafka_${SCALA_VERSION}-${KAFKA_VERSION}.jar`
const LOG_JAR = `log4j-slf4j-impl-${LOG4J_VERSION}.jar`

export const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>switchboard</groupId>
  <artifactId>kafka-broker</artifactId>
  <version>${KAFKA_VERSION}</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_${SCALA_VERSION}</artifactId>
      <version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>${LOG4J_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`

/** Whether the jars are there, all of them and as large as when the download was finished. */
export async function jarsAreWhole(libs = LIBS_FOLDER, stamp = LIBS_STAMP): Promise<boolean> {
  try {
    const [stamped, found] = await Promise.all([readFile(stamp, 'utf8'), folderListing(libs)])
    return [MAIN_JAR, LOG_JAR].every((jar) => found.includes(`"${jar}"`)) && stamped === found
  } catch {
    // No folder or no stamp: not a finished download.
    return false
  }
}
