/* Does this OpenBLAS compute right on this CPU? Products of small integers are exact in
 * every type, whatever the order of summation, so each element must be equal to one
 * computed by plain loops.
 *
 * Prints one line: core, number of products checked, number wrong, first wrong one.
 * Exits with 0 if all are right, 1 if not. Used by evidence.py.
 */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 100, 130};
enum { SIZES = sizeof sizes / sizeof *sizes, MOST = 130 * 130 };

static int checked, wrong;
static char first_wrong[200];
static unsigned state = 1;

/* In -3 ... 3: sums of 130 products of two such complex numbers stay exact in float32. */
static int small_integer(void)
{
    state = state * 1103515245u + 12345u;
    return (int)(state >> 16) % 7 - 3;
}

/* Junk in every vector register that a callee may use freely: a kernel that reads one
 * before it wrote one is right by luck only (OpenBLAS issue 5917, sdot on arm64). */
static inline void poison(void)
{
#if defined(__aarch64__)
#define JUNK(r) "movi v" #r ".16b, #0xcb\n"
    __asm__ volatile(JUNK(0) JUNK(1) JUNK(2) JUNK(3) JUNK(4) JUNK(5) JUNK(6) JUNK(7) JUNK(16)
                         JUNK(17) JUNK(18) JUNK(19) JUNK(20) JUNK(21) JUNK(22) JUNK(23) JUNK(24)
                             JUNK(25) JUNK(26) JUNK(27) JUNK(28) JUNK(29) JUNK(30) JUNK(31)
                     :
                     :
                     : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17", "v18", "v19",
                       "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30",
                       "v31");
#elif defined(__x86_64__)
    static const double junk[2] = {-1e7, -1e7};
#define JUNK(r) "movupd %0, %%xmm" #r "\n"
    __asm__ volatile(JUNK(0) JUNK(1) JUNK(2) JUNK(3) JUNK(4) JUNK(5) JUNK(6) JUNK(7) JUNK(8)
                         JUNK(9) JUNK(10) JUNK(11) JUNK(12) JUNK(13) JUNK(14) JUNK(15)
                     :
                     : "m"(junk)
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                       "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
#endif
}

static void report(const char *routine, int n, int k, int m, int trans_a, int trans_b, int bad)
{
    checked++;
    if (bad && wrong++ == 0) {
        snprintf(first_wrong, sizeof first_wrong, "%s n=%d k=%d m=%d transposed=%d%d", routine, n,
                 k, m, trans_a, trans_b);
    }
}

/* C(i, j) in integers; parts is 1 for real and 2 for complex types. */
static void exact(const int *a, const int *b, long *c, int n, int k, int m, int ta, int tb,
                  int parts)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < m; j++) {
            long re = 0, im = 0;
            for (int l = 0; l < k; l++) {
                const int *x = a + parts * (ta ? l * n + i : i * k + l);
                const int *y = b + parts * (tb ? j * k + l : l * m + j);
                re += x[0] * y[0] - (parts == 2 ? x[1] * y[1] : 0);
                im += parts == 2 ? x[0] * y[1] + x[1] * y[0] : 0;
            }
            c[parts * (i * m + j)] = re;
            if (parts == 2) {
                c[2 * (i * m + j) + 1] = im;
            }
        }
    }
}

static int ints_a[2 * MOST], ints_b[2 * MOST];
static long expected[2 * MOST];

/* gemm, gemv both ways and dot, for one type and one shape. C starts as NaN (all bits
 * set), which beta = 0 must not let through. */
#define CHECK(T, P, PARTS, SCALAR, DOT)                                                          \
    static void check_##P(int n, int k, int m, int ta, int tb)                                  \
    {                                                                                           \
        static T a[2 * MOST], b[2 * MOST], c[2 * MOST];                                         \
        static const T one[2] = {1, 0}, zero[2] = {0, 0};                                       \
        for (int i = 0; i < PARTS * n * k; i++) {                                               \
            a[i] = (T)(ints_a[i] = small_integer());                                            \
        }                                                                                       \
        for (int i = 0; i < PARTS * k * m; i++) {                                               \
            b[i] = (T)(ints_b[i] = small_integer());                                            \
        }                                                                                       \
        exact(ints_a, ints_b, expected, n, k, m, ta, tb, PARTS);                                \
        const int size = PARTS * n * m;                                                         \
        int bad = 0;                                                                            \
        memset(c, 0xff, sizeof(T) * (size_t)size);                                              \
        poison();                                                                               \
        scipy_cblas_##P##gemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans,                    \
                              tb ? CblasTrans : CblasNoTrans, n, m, k, SCALAR(one), a,          \
                              ta ? n : k, b, tb ? k : m, SCALAR(zero), c, m);                   \
        for (int i = 0; i < size; i++) {                                                        \
            bad |= !(c[i] == (T)expected[i]);                                                   \
        }                                                                                       \
        report(#P "gemm", n, k, m, ta, tb, bad);                                                \
        if (m == 1 && n > 1) {                                                                  \
            memset(c, 0xff, sizeof(T) * (size_t)size);                                          \
            poison();                                                                           \
            scipy_cblas_##P##gemv(ta ? CblasColMajor : CblasRowMajor, CblasNoTrans, n, k,       \
                                  SCALAR(one), a, ta ? n : k, b, 1, SCALAR(zero), c, 1);        \
            bad = 0;                                                                            \
            for (int i = 0; i < size; i++) {                                                    \
                bad |= !(c[i] == (T)expected[i]);                                               \
            }                                                                                   \
            report(#P "gemv", n, k, m, ta, tb, bad);                                            \
        }                                                                                       \
        if (m == 1 && n == 1) {                                                                 \
            T *out = c;                                                                         \
            poison();                                                                           \
            DOT(k, a, 1, b, 1, out);                                                            \
            report(#P "dot", n, k, m, ta, tb,                                                   \
                   !(c[0] == (T)expected[0] && (PARTS == 1 || c[PARTS - 1] == (T)expected[PARTS - 1]))); \
        }                                                                                       \
    }

#define VALUE(x) (*(x))
#define POINTER(x) (x)
#define SDOT(n, x, ix, y, iy, out) (*(out) = scipy_cblas_sdot(n, x, ix, y, iy))
#define DDOT(n, x, ix, y, iy, out) (*(out) = scipy_cblas_ddot(n, x, ix, y, iy))
CHECK(float, s, 1, VALUE, SDOT)
CHECK(double, d, 1, VALUE, DDOT)
CHECK(float, c, 2, POINTER, scipy_cblas_cdotu_sub)
CHECK(double, z, 2, POINTER, scipy_cblas_zdotu_sub)

static void check(int n, int k, int m)
{
    for (int t = 0; t < 4; t++) {
        check_s(n, k, m, t & 1, t >> 1);
        check_d(n, k, m, t & 1, t >> 1);
        check_c(n, k, m, t & 1, t >> 1);
        check_z(n, k, m, t & 1, t >> 1);
    }
}

int main(void)
{
    for (int i = 0; i < SIZES; i++) {
        const int n = sizes[i], other = sizes[(i + 7) % SIZES];
        check(n, n, n);
        check(n, other, n);
        check(n, n, other);
        check(n, n, 1);
        check(1, n, n);
        check(1, n, 1);
    }
    printf("%s %d %d %s\n", scipy_openblas_get_corename(), checked, wrong,
           wrong ? first_wrong : "-");
    return wrong != 0;
}
