package io.github.fdistill.diffusion;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;

/**
 * How a denoiser is made of a network F whose input and training target have variance 1:
 *
 * <p>D(x; sigma) = cSkip x + cOut F(cIn x; cNoise). Karras et al. 2022, Table 1.
 *
 * <p>Each factor has the shape of sigma: [N,1,1,1] beside images [N,H,W,C].
 *
 * @param sigmaData standard deviation of the data, in data units
 */
public record Preconditioning(double sigmaData) {
  public Preconditioning {
    if (!(sigmaData > 0 && Double.isFinite(sigmaData))) {
      throw new InputException(
          "preconditioning",
          "sigma_data is " + sigmaData,
          "a number above 0",
          "0.5 suits images in [-1, 1]");
    }
  }

  /** sigmaData^2 / (sigma^2 + sigmaData^2). */
  public Expr cSkip(Expr sigma) {
    return variance(sigma).reciprocal().times(sigmaData * sigmaData);
  }

  /** sigma sigmaData / sqrt(sigma^2 + sigmaData^2). */
  public Expr cOut(Expr sigma) {
    return sigma.times(sigmaData).times(variance(sigma).rsqrt());
  }

  /** 1 / sqrt(sigma^2 + sigmaData^2). */
  public Expr cIn(Expr sigma) {
    return variance(sigma).rsqrt();
  }

  /** ln(sigma) / 4. */
  public Expr cNoise(Expr sigma) {
    return sigma.log().over(4);
  }

  /** The weight of a squared error at this noise level: 1 / cOut^2. */
  public Expr lossWeight(Expr sigma) {
    return variance(sigma).over(sigma.times(sigmaData).square());
  }

  /** sigma^2 + sigmaData^2, the variance of noisy data. */
  private Expr variance(Expr sigma) {
    return sigma.square().plus(sigmaData * sigmaData);
  }
}
