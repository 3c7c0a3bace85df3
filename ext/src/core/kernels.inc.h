/* The arithmetic, written once and included by kernels.c for each element type.
 *
 * The includer defines: NAME(x), REAL, IS_COMPLEX (0 or 1), ARG(ptr) (how CBLAS takes
 * a scalar of this type), BLAS(routine), and DOT(n, x, incx, y, incy, out). TINY and
 * vector_start come from kernels.c.
 */

#define ITEM ((stride)(sizeof(REAL) * (1 + IS_COMPLEX)))

static const REAL NAME(one)[2] = {1, 0};
static const REAL NAME(zero)[2] = {0, 0};

static void NAME(copy)(char *target, const char *from, stride rows, stride cols, strides2 s)
{
    REAL *to = (REAL *)target;
    for (stride i = 0; i < rows; i++) {
        for (stride j = 0; j < cols; j++) {
            const REAL *x = (const REAL *)(from + i * s.row + j * s.col);
            *to++ = x[0];
#if IS_COMPLEX
            *to++ = x[1];
#endif
        }
    }
}

/* For products so small that calling BLAS costs more than the product itself. */
static void NAME(tiny)(const product *p, const char *a, const char *b, char *c)
{
    const stride width = p->m * (1 + IS_COMPLEX);
    REAL rows_of_b[TINY * TINY * (1 + IS_COMPLEX)];
    const REAL *b_row = (const REAL *)b;
    if (p->b.col != ITEM || p->b.row != p->m * ITEM) {
        NAME(copy)((char *)rows_of_b, b, p->k, p->m, p->b);
        b_row = rows_of_b;
    }
#if IS_COMPLEX
    /* i * B: with it the inner loop is that of real numbers, which compilers vectorize. */
    REAL turned[TINY * TINY * 2];
    for (stride j = 0; j < p->k * p->m; j++) {
        turned[2 * j] = -b_row[2 * j + 1];
        turned[2 * j + 1] = b_row[2 * j];
    }
#endif
    for (stride i = 0; i < p->n; i++) {
        REAL row[TINY * (1 + IS_COMPLEX)] = {0};
        for (stride l = 0; l < p->k; l++) {
            const REAL *x = (const REAL *)(a + i * p->a.row + l * p->a.col);
            const REAL *from = b_row + l * width;
#if IS_COMPLEX
            const REAL *from_turned = turned + l * width;
            for (stride j = 0; j < width; j++) {
                row[j] += x[0] * from[j] + x[1] * from_turned[j];
            }
#else
            for (stride j = 0; j < width; j++) {
                row[j] += x[0] * from[j];
            }
#endif
        }
        for (stride j = 0; j < p->m; j++) {
            REAL *out = (REAL *)(c + i * p->c.row + j * p->c.col);
            out[0] = row[j * (1 + IS_COMPLEX)];
#if IS_COMPLEX
            out[1] = row[j * 2 + 1];
#endif
        }
    }
}

static void NAME(gemm)(const product *p, const char *a, const char *b, char *c)
{
    /* A column-major C needs no copy either: under the other order, what was stored
     * transposed no longer is, for A and B as for C. */
    const int columns = p->c_layout.transposed;
    BLAS(gemm)(columns ? CblasColMajor : CblasRowMajor,
               p->a_layout.transposed == columns ? CblasNoTrans : CblasTrans,
               p->b_layout.transposed == columns ? CblasNoTrans : CblasTrans,
               (int)p->n, (int)p->m, (int)p->k, ARG(NAME(one)),
               (const void *)a, p->a_layout.ld, (const void *)b, p->b_layout.ld,
               ARG(NAME(zero)), (void *)c, p->c_layout.ld);
}

/* C has one column: C = A x. */
static void NAME(matrix_vector)(const product *p, const char *a, const char *b, char *c)
{
    BLAS(gemv)(p->a_layout.transposed ? CblasColMajor : CblasRowMajor, CblasNoTrans,
               (int)p->n, (int)p->k, ARG(NAME(one)), (const void *)a, p->a_layout.ld,
               (const void *)(b + vector_start(p->k, p->b.row)), (int)(p->b.row / ITEM),
               ARG(NAME(zero)), (void *)c, (int)(p->c.row / ITEM));
}

/* C has one row: transposed, the same. */
static void NAME(vector_matrix)(const product *p, const char *a, const char *b, char *c)
{
    BLAS(gemv)(p->b_layout.transposed ? CblasColMajor : CblasRowMajor, CblasTrans,
               (int)p->k, (int)p->m, ARG(NAME(one)), (const void *)b, p->b_layout.ld,
               (const void *)(a + vector_start(p->k, p->a.col)), (int)(p->a.col / ITEM),
               ARG(NAME(zero)), (void *)c, (int)(p->c.col / ITEM));
}

static void NAME(vector_vector)(const product *p, const char *a, const char *b, char *c)
{
    DOT((int)p->k, (const void *)(a + vector_start(p->k, p->a.col)), (int)(p->a.col / ITEM),
        (const void *)(b + vector_start(p->k, p->b.row)), (int)(p->b.row / ITEM), (REAL *)c);
}

#undef ITEM
