import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** By what a file does, which its length does not tell: the contracts' files hold a few lines each, and everybody waits for the last. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = super.sort.bind(this)
    return (await usual(files)).toSorted(
      (one, other) => Number(isLong(other)) - Number(isLong(one)),
    )
  }
}

const isLong = ({ moduleId }: TestSpecification): boolean =>
  /\/(contract-|real-cluster|freezer|since|following)/.test(moduleId)
